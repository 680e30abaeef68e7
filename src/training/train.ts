/**
 * Trains many trials of one network at once: the same dispatches serve all of them, and what differs
 * between trials is their seed and λ.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { compileTogether } from "../gpu/compile.ts";
import { submit } from "../gpu/shader.ts";
import { copyRow, download, type Tensor } from "../gpu/tensor.ts";
import { type BindOptions, bindTraining, type Training } from "./bind.ts";
import { bestEpoch } from "./best_epoch.ts";
import { epochMetrics, evaluationMetrics, type Metrics } from "./metrics.ts";
import { createPace, type Pace } from "./pace.ts";
import { type Begun, downloadState, type History, restore, type TrainingState } from "./state.ts";

export type { Begun, History, TrainingState } from "./state.ts";

/** What to train, how, and from where to where. */
export interface TrainOptions extends BindOptions {
  /** The state of an earlier training with the same options; default the start. */
  from?: TrainingState;
  /** Keeps the state after an epoch and at the signal, so that a later training can go on from it. */
  checkpoint?: {
    /** Whether it is time. */
    isDue(): boolean;
    /** Begins to write a state, whose histories may grow meanwhile. */
    write(state: TrainingState): Promise<void>;
    /** Waits until it is written. */
    flush(): Promise<void>;
  };
  /** Called when the signal has ended the training in an epoch, before its state is kept. */
  onStop?: (epoch: number) => void;
  /** Called with the parameters (TRIALS, ROW) at the start, epoch 0, and after each epoch's steps. */
  onParameters?: (epoch: number, rows: Float32Array<ArrayBuffer>) => void;
}

/** What one epoch brought, trial by trial. */
export interface EpochReport {
  /** The number of the epoch, from 1. */
  epoch: number;
  /** The trials in the order of the seeds; null for one that has diverged. */
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
 * validation loss. Inside an epoch's training and its validation nothing waits for the GPU, but, with a
 * signal, as `createPace` does. A trial whose numbers are no longer finite ends there (see
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
  const { batch, epochs, seeds, from, onParameters } = options;
  for (const [name, value] of Object.entries({ batch, epochs, trials: seeds.length })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot train: ${name} ${value} must be a positive integer`);
    }
  }
  return await gpu.scope(async (gpu) => {
    const start = performance.now();
    const training = await compileTogether(
      gpu,
      (gpu) => bindTraining(gpu, options, (rows) => from || onParameters?.(0, rows)),
    );
    const pace = createPace(gpu, options.signal);
    for (const steps of training.validation.prepare) await pace(steps);
    const bind = (performance.now() - start) / 1000;
    return await runEpochs(gpu, options, { ...training, start, bind, pace }, onEpoch);
  }, options.signal);
}

/** A training, when it began, and how its steps are submitted. */
type Paced = Training & { start: number; bind: number; pace: Pace };

async function runEpochs(
  gpu: Gpu,
  { seeds, batch, epochs, signal, from, checkpoint, onStop = () => {}, onParameters }: TrainOptions,
  training: Paced,
  onEpoch: (report: EpochReport) => void,
): Promise<TrainedTrial[]> {
  const { layout, examples, steps, parameters, kept, validation } = training;
  const histories: History[] = from?.histories ?? seeds.map(() => ({ train: [], valid: [] }));
  const first = 1 + (from?.epoch ?? 0);
  const keep = async (epoch: number, begun: Begun) => {
    const spent = (from?.spent ?? 0) + (performance.now() - training.start) / 1000;
    const state = await downloadState(gpu, training, begun);
    await checkpoint?.write({ epoch, spent, ...state, histories });
  };
  if (from) await restore(gpu, training, from);
  for (let epoch = first; epoch <= epochs; epoch++) {
    const begun = from && epoch === first ? { ...from.begun } : { steps: 0, seconds: 0 };
    const { trainSums, broken, validSums, rows, seconds } = await runEpoch(
      gpu,
      { ...training, watched: onParameters ? [parameters] : [] },
      begun,
    )
      .catch(async (error) => {
        if (signal?.aborted && error === signal.reason) {
          onStop(epoch);
          await keep(epoch - 1, begun);
          await checkpoint?.flush();
        } else await checkpoint?.flush().catch(() => {}); // the first error is the one worth reporting
        throw error;
      });
    if (rows) onParameters?.(epoch, rows);
    await checkpoint?.flush(); // so that at most one epoch is ever lost
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
    onEpoch({ epoch, trials, seconds: { bind, ...seconds } });
    if (epoch < epochs && checkpoint?.isDue()) await keep(epoch, { steps: 0, seconds: 0 });
  }
  await checkpoint?.flush(); // where the last trial diverged

  const [keptRows] = await download(gpu, [kept]);
  return seeds.map((seed, t) => {
    const history = histories[t], { length } = history.valid;
    return {
      seed,
      history,
      bestEpoch: length > 0 ? bestEpoch(history.valid) : 0,
      parameters: keptRows.slice(t * layout.row, (t + 1) * layout.row),
      ...length < epochs && { diverged: length + 1 },
    };
  });
}

/** Trains and validates; where it ends early, `begun` says how far it came. */
async function runEpoch(
  gpu: Gpu,
  { step, steps, records, findNonFinite, flags, measure, validation, shuffle, pace, watched }:
    & Paced
    & { watched: Tensor[] },
  begun: Begun,
) {
  const start = performance.now() - 1000 * begun.seconds;
  const elapsed = () => (performance.now() - start) / 1000;
  let trained: number | undefined; // seconds
  let training, validSums;
  try {
    shuffle();
    for (; begun.steps < steps; begun.steps++) await pace(step);
    submit(gpu, [findNonFinite]);
    // Nothing is waited for before the validation is queued, too: a wait idles a GPU for 11 ms.
    training = download(gpu, [records, flags, ...watched]).finally(() => trained = elapsed());
    training.catch(() => {}); // it is thrown where it is awaited
    for (const steps of [measure, ...validation.batches]) await pace(steps);
    [validSums] = await download(gpu, [validation.records]);
  } finally {
    await training; // a fault of the training comes before what followed
    begun.seconds = trained ?? elapsed();
  }
  const [trainSums, found, rows] = await training;
  const [trials, parts] = flags.shape, words = new Uint32Array(found.buffer);
  const broken = Array.from(
    { length: trials },
    (_, t) => words.subarray(t * parts, (t + 1) * parts).some((word) => word !== 0),
  );
  const seconds = { train: begun.seconds, valid: elapsed() - begun.seconds };
  return { trainSums, broken, validSums, rows: rows as typeof rows | undefined, seconds };
}
