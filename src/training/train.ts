/**
 * Trains many trials of one network at once: the same dispatches serve all of them, and what differs
 * between trials is their seed and λ.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { type Step, submit } from "../gpu/shader.ts";
import { copyRow, createTensor, download, type Tensor, upload } from "../gpu/tensor.ts";
import { ADAM, adam, adamRates } from "../nn/adam.ts";
import { augment, createImages, type Normalization } from "../nn/augment.ts";
import { initialParameters, type KernelVectors } from "../nn/initializer.ts";
import { findNonFinite } from "../nn/finite.ts";
import { createLayout, type Layout, type NetworkSpec } from "../nn/layout.ts";
import { createNetwork } from "../nn/network.ts";
import { record, tick } from "../nn/record.ts";
import { createRegularizer, type RegularizerSpec } from "../nn/regularizer.ts";
import { encodeSlots, type Slot, SLOT_WORDS } from "../nn/slots.ts";
import { createRandom, mixSeed, type Random } from "../random.ts";
import { createEvaluation, type Evaluation } from "./evaluate.ts";
import { drawEpoch, type Examples, listExamples } from "./examples.ts";
import { bestEpoch, epochMetrics, evaluationMetrics, type Metrics } from "./metrics.ts";

/** What to train, and how. */
export interface TrainOptions {
  /** The network; its input is as large as the images. */
  network: NetworkSpec;
  /** One seed a trial: it decides first weights, order, augmentation and dropout. */
  seeds: readonly number[];
  /** Seen once an epoch, in fresh order, freshly augmented. */
  train: Examples;
  /** Replaced by `copies` augmented copies, the same for all trials. */
  valid: Examples;
  /** Augmented copies of each validation image; default 5. */
  copies?: number;
  /** The channel means and deviations by which pixels are z-scored. */
  normalization: Normalization;
  /** Images a step; the last batch of an epoch may be shorter. */
  batch: number;
  /** Passes over the training images. */
  epochs: number;
  /** What is added to the loss. */
  regularizer: RegularizerSpec;
  /** (CLASSES); default 1 each. They weigh the training loss only. */
  classWeights?: Float32Array<ArrayBuffer>;
  /** For SK-reg: draws each conv layer's first kernels from its fitted Gaussian. */
  drawKernels?: (random: Random) => KernelVectors[];
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

/** Purposes of random numbers: a trial draws from one stream for each. */
const [WEIGHTS, ORDER, DROPOUT, KERNELS] = [1, 2, 3, 4];

/**
 * Trains all trials side by side and keeps each one's parameters of the epoch with the lowest
 * validation loss. Inside an epoch's training and its validation nothing waits for the GPU, or, with a
 * signal, every half second.
 *
 * @param onEpoch Called after every epoch.
 * A trial whose numbers are no longer finite ends there (see `TrainedTrial.diverged`).
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

/** A training, bound to its tensors: what `train` runs and `bench` times. */
export interface Training {
  /** The network's sizes. */
  layout: Layout;
  /** The training images, untransformed. */
  examples: Slot[];
  /** One step of all trials. */
  step: Step[];
  /** Steps an epoch. */
  steps: number;
  /** (TRIALS, STEPS, 4), as `record` writes them. */
  records: Tensor;
  /** Computes the penalties of the parameters as they are. */
  measure: Step[];
  /** Evaluation of the parameters as they are on the validation images. */
  validation: Evaluation;
  /** (TRIALS, ROW) */
  parameters: Tensor;
  /** (TRIALS, ROW): Adam's moments. */
  m: Tensor;
  /** (TRIALS, ROW) */
  v: Tensor;
  /** (TRIALS, ROW): room for each trial's best parameters. */
  kept: Tensor;
  /** (64) u32: the step, at 0. */
  clock: Tensor;
  /** Looks for numbers that are not finite, and flags their trials, (TRIALS) u32. */
  findNonFinite: Step[];
  /** (TRIALS) u32, see above. */
  flags: Tensor;
  /** Draws the next epoch's order and transforms; comes before the steps submitted after it. */
  shuffle(): void;
  /** Draws and forgets the orders of epochs that are done already. */
  skip(epochs: number): void;
}

/** Makes a training's tensors and binds its steps to them. */
export async function bindTraining(gpu: Gpu, options: TrainOptions): Promise<Training> {
  const { network, seeds, normalization, batch, epochs } = options;
  const layout = createLayout(network);
  const trials = seeds.length;
  const examples = listExamples(options.train, network);
  const steps = Math.ceil(examples.length / batch);

  // (TRIALS, ROW): a network is a row.
  const rows = new Float32Array(trials * layout.row);
  seeds.forEach((seed, t) => {
    // A stream of their own, so that the other weights are the same with a prior and without.
    const kernels = options.drawKernels?.(createRandom(mixSeed(seed, KERNELS)));
    const random = createRandom(mixSeed(seed, WEIGHTS));
    rows.set(initialParameters(layout, random, kernels), t * layout.row);
  });
  const parameters = createTensor(gpu, "parameters", [trials, layout.row], rows);
  const [gradients, m, v, kept] = ["gradients", "m", "v", "kept"].map((label) =>
    createTensor(gpu, label, [trials, layout.row])
  );

  const slots = createTensor(gpu, "slots", [trials, steps * batch, SLOT_WORDS]);
  const clock = createTensor(gpu, "clock", [64]);
  const map = layout.convs[0].x;
  const x = createImages(gpu, "x", map, trials, batch);
  const weights = options.classWeights ?? new Float32Array(layout.classes).fill(1);
  const classWeights = createTensor(gpu, "class weights", [layout.classes], weights);
  const maskSeeds = Uint32Array.from(seeds, (seed) => mixSeed(seed, DROPOUT));
  const dropout = { seeds: createTensor(gpu, "dropout seeds", [trials], maskSeeds) };
  const records = createTensor(gpu, "records", [trials, steps, 4]);
  // The rate halves over a long run (SPEC §5).
  const decay = epochs >= 100 ? 1 / (epochs * examples.length / batch) : 0;
  const schedule = adamRates({ ...ADAM, decay }, epochs * steps);
  const rates = createTensor(gpu, "rates", [epochs * steps], schedule);

  const rowTensors = { parameters, gradients };
  const regularizer = await createRegularizer(gpu, layout, options.regularizer, rowTensors);
  const { penalties, regularize, measure } = regularizer;
  const { pixels } = options.train.bank;
  const inputs = { x, parameters, slots, clock, classWeights };
  const net = await createNetwork(gpu, layout, inputs, { gradients, dropout });
  const step = [
    ...await augment(gpu, map, normalization, { pixels, slots, clock, x }),
    ...net.forward,
    ...net.backward,
    ...regularize,
    ...await record(gpu, { losses: net.losses, penalties, clock, records }),
    ...await adam(gpu, ADAM, { gradients, rates, clock, m, v, parameters }),
    ...await tick(gpu, clock),
  ];
  const validation = await createEvaluation(gpu, layout, {
    ...{ parameters, penalties, normalization, copies: options.copies },
    examples: options.valid,
  });
  const flags = createTensor(gpu, "flags", [trials]);
  const [height, width] = network.input;
  const orders = seeds.map((seed) => createRandom(mixSeed(seed, ORDER)));
  const draw = () => orders.flatMap((random) => drawEpoch(examples, random, batch));
  return {
    ...{ layout, examples, step, steps, records, measure, validation },
    ...{ parameters, m, v, kept, clock, flags },
    findNonFinite: await findNonFinite(gpu, { parameters, m, v, flags }),
    shuffle: () => upload(gpu, slots, encodeSlots(draw(), [height, width])),
    skip(epochs) {
      for (let epoch = 0; epoch < epochs; epoch++) draw();
    },
  };
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

/** Milliseconds of work that may be queued on the GPU. */
const QUEUED = 500;

/**
 * Makes what is called after every submission: where a signal may come, it waits for the GPU as often as
 * keeps about half a second of work queued, because the GPU blocks the thread while it is waited for.
 */
function createPace(gpu: Gpu, signal: AbortSignal | undefined): () => Promise<void> | void {
  if (!signal) return () => {};
  let [since, submitted, most] = [performance.now(), 0, 1];
  return async () => {
    if (++submitted < most) return;
    await gpu.device.queue.onSubmittedWorkDone();
    const now = performance.now();
    most = Math.max(1, Math.floor(QUEUED * submitted / (now - since)));
    [since, submitted] = [now, 0];
    signal.throwIfAborted();
  };
}
