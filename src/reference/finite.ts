/**
 * Whether training is still among the finite numbers.
 *
 * @module
 */

/** 1 if any of (a part of) one trial's parameters and moments is NaN or infinite, else 0. */
export function findNonFinite(...rows: ArrayLike<number>[]): number {
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) if (!Number.isFinite(row[i])) return 1;
  }
  return 0;
}
