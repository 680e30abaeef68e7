/**
 * Trains many trials of one network at once: the same dispatches serve all of them, and what differs
 * between trials is their seed and λ.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { submit } from "../gpu/shader.ts";
import { copyRow, download, upload } from "../gpu/tensor.ts";
import { type BindOptions, bindTraining, type Training } from "./bind.ts";
import { bestEpoch, epochMetrics, evaluationMetrics, type Metrics } from "./metrics.ts";
import { createPace } from "./pace.ts";

/** What to train, how, and from where to where. */
export interface TrainOptions extends BindOptions {
  /** Looked at every half second or so; the training then ends by throwing its reason. */
  signal?: AbortSignal;
  /** Where an earlier training with the same options stood; default the start. */
  from?: TrainingState;
  /** Keeps the state after an epoch, so that a later training can go on from it. */
  checkpoint?: {
    /** Whether it is time. */
    isDue(): boolean;
    /** The next epoch waits for this. */
    write(state: TrainingState): Promise<void>;
  };
}

/** All that a training needs to go on as if it had not been interrupted. */
export interface TrainingState {
  /** The last epoch that is finished. */
  epoch: number;
  /** (TRIALS · ROW) after that epoch. */
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

/** A trial's learning curves, one entry an epoch; a trial that diverged has no more from then on. */
export interface History {
  /** Over the training images. */
  train: Metrics[];
  /** Over the validation images. */
  valid: Metrics[];
}

/** What one epoch brought, trial by trial. */
export interface EpochReport {
  /** From 1. */
  epoch: number;
  /** In the order of the seeds; null for a trial that has diverged. */
  trials: ({ train: Metrics; valid: Metrics } | null)[];
  /**
   * Seconds spent on training steps, augmentation included, and on validation; in the first epoch
   * also on binding (tensors and shaders), else 0.
   */
  seconds: { bind: number; train: number; valid: number };
}

/** One trained trial. */
export interface TrainedTrial {
  /** The seed it was given. */
  seed: number;
  /** One entry an epoch. */
  history: History;
  /** The epoch with the lowest validation loss, from 1; 0 if it diverged in its first. */
  bestEpoch: number;
  /** (ROW): the parameters of that epoch. */
  parameters: Float32Array<ArrayBuffer>;
  /** The epoch in which its loss, a parameter or a moment was no longer finite, if there was one. */
  diverged?: number;
}

/**
 * Trains all trials side by side and keeps each one's parameters of the epoch with the lowest
 * validation loss. Inside an epoch's training and its validation nothing waits for the GPU, or, with a
 * signal, every half second. A trial whose numbers are no longer finite ends there (see
 * `TrainedTrial.diverged`).
 *
 * @param onEpoch Called after every epoch.
 *
 * @throws {Failure} "gpu" when the GPU fails.
 * @throws {RangeError} When a size is out of range.
 */
export async function train(
  gpu: Gpu,
  options: TrainOptions,
  onEpoch: (report: EpochReport) => void = () => {},
): Promise<TrainedTrial[]> {
  const { batch, epochs, seeds } = options;
  for (const [name, value] of Object.entries({ batch, epochs, trials: seeds.length })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot train: ${name} ${value} must be a positive integer`);
    }
  }
  return await gpu.scope(async (gpu) => {
    const start = performance.now();
    const training = await bindTraining(gpu, options);
    const bind = (performance.now() - start) / 1000;
    return await runEpochs(gpu, options, { ...training, bind }, onEpoch);
  });
}

async function runEpochs(
  gpu: Gpu,
  { seeds, batch, epochs, signal, from, checkpoint }: TrainOptions,
  training: Training & { bind: number },
  onEpoch: (report: EpochReport) => void,
): Promise<TrainedTrial[]> {
  const { layout, examples, step, steps, records, measure, validation } = training;
  const { parameters, m, v, kept, flags } = training;
  if (from) restore(gpu, training, from);
  const histories: History[] = from?.histories ?? seeds.map(() => ({ train: [], valid: [] }));
  const first = 1 + (from?.epoch ?? 0);
  const pace = createPace(gpu, signal);
  for (let epoch = first; epoch <= epochs; epoch++) {
    const start = performance.now();
    training.shuffle();
    for (let s = 0; s < steps; s++) {
      submit(gpu, step);
      await pace();
    }
    submit(gpu, training.findNonFinite);
    const [trainSums, found] = await download(gpu, [records, flags]);
    const trained = performance.now();
    submit(gpu, measure);
    for (const step of validation.batches) {
      submit(gpu, step);
      await pace();
    }
    const [validSums] = await download(gpu, [validation.records]);
    const end = performance.now();

    const broken = new Uint32Array(found.buffer, found.byteOffset, seeds.length);
    const trials = histories.map((history, t) => {
      if (history.valid.length < epoch - 1) return null; // it diverged before
      const train = epochMetrics(trainSums, t, steps, batch, examples.length);
      const valid = evaluationMetrics(validSums, t, validation);
      if (broken[t] || !Number.isFinite(train.loss) || !Number.isFinite(valid.loss)) return null;
      history.train.push(train);
      history.valid.push(valid);
      if (bestEpoch(history.valid) === epoch) copyRow(gpu, parameters, kept, t);
      return { train, valid };
    });
    if (trials.every((trial) => trial === null)) break; // none is left
    const bind = epoch === first ? training.bind : 0;
    const seconds = { bind, train: (trained - start) / 1000, valid: (end - trained) / 1000 };
    onEpoch({ epoch, trials, seconds });
    if (epoch < epochs && checkpoint?.isDue()) {
      const [p, m1, v1, k] = await download(gpu, [parameters, m, v, kept]);
      await checkpoint.write({ epoch, parameters: p, m: m1, v: v1, kept: k, histories });
    }
  }

  const [keptRows] = await download(gpu, [kept]);
  return seeds.map((seed, t) => {
    const history = histories[t], { length } = history.valid;
    return {
      ...{ seed, history, bestEpoch: length > 0 ? bestEpoch(history.valid) : 0 },
      parameters: keptRows.slice(t * layout.row, (t + 1) * layout.row),
      ...length < epochs && { diverged: length + 1 },
    };
  });
}

/** Puts a training where an earlier one stood. */
function restore(gpu: Gpu, training: Training, state: TrainingState): void {
  const { parameters, m, v, kept, clock, steps } = training;
  for (
    const [tensor, data] of [
      [parameters, state.parameters],
      [m, state.m],
      [v, state.v],
      [kept, state.kept],
    ] as const
  ) upload(gpu, tensor, data);
  const time = new Uint32Array(64);
  time[0] = state.epoch * steps;
  upload(gpu, clock, time);
  training.skip(state.epoch);
}
