/**
 * Where a training stands, in the middle of an epoch or at its start, and how it is put there again.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { download, upload } from "../gpu/tensor.ts";
import type { Training } from "./bind.ts";
import type { Metrics } from "./metrics.ts";

/** All that a training needs to go on as if it had not been interrupted. */
export interface TrainingState {
  /** The last epoch that is finished. */
  epoch: number;
  /** How far the next one is. */
  begun: Begun;
  /** Seconds that the training took so far, over all its parts. */
  spent: number;
  /** (TRIALS · ROW) by then. */
  parameters: Float32Array<ArrayBuffer>;
  /** (TRIALS · ROW): Adam's first moments. */
  m: Float32Array<ArrayBuffer>;
  /** (TRIALS · ROW): Adam's second moments. */
  v: Float32Array<ArrayBuffer>;
  /** (TRIALS · ROW): the parameters of each trial's best epoch. */
  kept: Float32Array<ArrayBuffer>;
  /** One for each trial. */
  histories: History[];
}

/** How far an epoch is. */
export interface Begun {
  /** The steps that are done. */
  steps: number;
  /** Seconds that they took. */
  seconds: number;
  /** (TRIALS, STEPS, 4): what they recorded; absent where none is done. */
  records?: Float32Array<ArrayBuffer>;
}

/** A trial's learning curves, one entry an epoch; a trial that diverged has no more from then on. */
export interface History {
  /** Over the training images. */
  train: Metrics[];
  /** Over the validation images. */
  valid: Metrics[];
}

/** Where a training stands, in the middle of an epoch or at its start. */
export async function downloadState(
  gpu: Gpu,
  { parameters, m, v, kept, records }: Training,
  { steps, seconds }: Begun,
): Promise<Omit<TrainingState, "epoch" | "spent" | "histories">> {
  const tensors = [parameters, m, v, kept, ...steps > 0 ? [records] : []];
  const [p, m1, v1, k, recorded] = await download(gpu, tensors);
  return { parameters: p, m: m1, v: v1, kept: k, begun: { steps, seconds, records: recorded } };
}

/** Puts a training where an earlier one stood. */
export async function restore(
  gpu: Gpu,
  training: Training,
  state: TrainingState,
): Promise<void> {
  const { clock, records, steps } = training;
  const { epoch, begun } = state;
  for (const name of ["parameters", "m", "v", "kept"] as const) {
    upload(gpu, training[name], state[name]);
  }
  if (begun.records) upload(gpu, records, begun.records);
  const time = new Uint32Array(64);
  time[0] = epoch * steps + begun.steps;
  upload(gpu, clock, time);
  await training.skip(epoch);
}
