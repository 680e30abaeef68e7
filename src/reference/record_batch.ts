/**
 * The bookkeeping of one trial: the clock and a batch's record.
 *
 * @module
 */
import { type Array64, get, indices } from "./array.ts";

/** The step after this one: clock + 1, in 32 bits. */
export function tick(clock: number): number {
  return (clock + 1) >>> 0;
}

/**
 * One batch's sums: Σ class weight · ce, Σ ce, Σ correct, and the penalty.
 *
 * @param losses (BATCH, 4)
 * @param penalties Parts that add up to the trial's penalty.
 * @returns (4)
 */
export function recordBatch(losses: Array64, penalties: ArrayLike<number>): number[] {
  const sums = [0, 0, 0, 0];
  for (const [b, i] of indices(losses.shape)) sums[i] += get(losses, b, i);
  for (let i = 0; i < penalties.length; i++) sums[3] += penalties[i];
  return sums;
}
