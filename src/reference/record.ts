/**
 * The bookkeeping of one trial: the clock, a batch's record, and the best epoch so far.
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
export function record(losses: Array64, penalties: ArrayLike<number>): number[] {
  const sums = [0, 0, 0, 0];
  for (const [b, i] of indices(losses.shape)) sums[i] += get(losses, b, i);
  for (let i = 0; i < penalties.length; i++) sums[3] += penalties[i];
  return sums;
}

/** The lowest validation loss so far. */
export interface Best {
  loss: number;
  /** Its epoch, from 0. */
  epoch: number;
  /** Whether that epoch is the last one seen. */
  isLast: boolean;
  /** Epochs seen. */
  epochs: number;
}

/**
 * Ends an epoch: loss = Σ ce / images + penalty; the first epoch is always the best so far.
 *
 * @param records (STEPS, 4) of the validation batches, as `record` made them
 * @param images Validation images behind them.
 */
export function judge(best: Best, records: Array64, images: number): Best {
  let ce = 0;
  for (let step = 0; step < records.shape[0]; step++) ce += get(records, step, 1);
  const loss = ce / images + get(records, 0, 3);
  const epochs = best.epochs + 1;
  return best.epochs === 0 || loss < best.loss
    ? { loss, epoch: best.epochs, isLast: true, epochs }
    : { ...best, isLast: false, epochs };
}

/**
 * The parameters to keep: the present ones where this epoch is the best, else those kept before.
 *
 * @param parameters (ROW), as `kept`
 */
export function keep<Row>(best: Best, parameters: Row, kept: Row): Row {
  return best.isLast ? parameters : kept;
}
