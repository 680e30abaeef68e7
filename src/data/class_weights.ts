/**
 * How much the images of each class weigh in the loss, so that rare classes count as much as others.
 *
 * @module
 */

/** How many images each class has: (classes). */
export function countLabels(labels: ArrayLike<number>, classes: number): number[] {
  const counts = Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  return counts;
}

/**
 * The weight of each class in phase 1's loss, minCount / count (SPEC §4).
 *
 * @param labels (N) labels, 0 … classes − 1.
 * @param classes The number of classes.
 * @returns (classes) weights in (0, 1]; the rarest class has 1.
 * @throws RangeError if a class has no image.
 */
export function classWeights(
  labels: ArrayLike<number>,
  classes: number,
): Float32Array<ArrayBuffer> {
  const counts = Float32Array.from(countLabels(labels, classes));
  const rarest = counts.indexOf(0);
  if (rarest >= 0) throw new RangeError(`Cannot weigh classes: class ${rarest} has no image`);
  const least = counts.reduce((a, b) => Math.min(a, b));
  return counts.map((count) => least / count);
}
