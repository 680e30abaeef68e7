/**
 * K-fold cross-validation with scikit-learn's folds, so that equal kernels give the authors' Σ.
 *
 * @module
 */
import { createRandom } from "../random.ts";

/**
 * Splits rows as scikit-learn's `KFold(folds, shuffle=True, random_state=seed)` does: every row is
 * held out once, and the first `count % folds` folds hold out one row more.
 *
 * @param count The number of rows, at least `folds`.
 * @param folds At least 2.
 * @param seed A NumPy seed.
 * @returns For each fold the rows to fit on and those held out, ascending.
 * @throws {RangeError} If there are fewer than two folds or fewer rows than folds.
 */
export function kfold(
  count: number,
  folds: number,
  seed: number,
): { train: number[]; test: number[] }[] {
  if (!(folds >= 2 && count >= folds)) {
    throw new RangeError(`Cannot split ${count} rows into ${folds} folds`);
  }
  const order = createRandom(seed).shuffle(Array.from({ length: count }, (_, row) => row));

  const foldOf = new Int32Array(count);
  for (let fold = 0, start = 0; fold < folds; fold++) {
    const size = Math.floor(count / folds) + (fold < count % folds ? 1 : 0);
    for (const row of order.slice(start, start + size)) foldOf[row] = fold;
    start += size;
  }

  // scikit-learn sorts both sides; a nested split shuffles positions in `train`, so order counts.
  const rows = order.sort((a, b) => a - b);
  return Array.from({ length: folds }, (_, fold) => ({
    train: rows.filter((row) => foldOf[row] !== fold),
    test: rows.filter((row) => foldOf[row] === fold),
  }));
}
