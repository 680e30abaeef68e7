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
import { createLayout, type Layout, type NetworkSpec } from "../nn/layout.ts";
import { createNetwork } from "../nn/network.ts";
import { record, tick } from "../nn/record.ts";
import { createRegularizer, type RegularizerSpec } from "../nn/regularizer.ts";
import { encodeSlots, type Slot, SLOT_WORDS } from "../nn/slots.ts";
import { createRandom, mixSeed, type Random } from "../random.ts";
import { createEvaluation, type Evaluation } from "./evaluate.ts";
import { drawEpoch, type Examples, listExamples } from "./examples.ts";
import { epochMetrics, evaluationMetrics, type Metrics } from "./metrics.ts";

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
  /** Looked at before every epoch; throws its reason. */
  signal?: AbortSignal;
}

/** What one epoch brought, trial by trial. */
export interface EpochReport {
  /** From 1. */
  epoch: number;
  /** In the order of the seeds. */
  trials: { train: Metrics; valid: Metrics }[];
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
  history: { train: Metrics[]; valid: Metrics[] };
  /** The epoch with the lowest validation loss, from 1. */
  bestEpoch: number;
  /** (ROW): the parameters of that epoch. */
  parameters: Float32Array<ArrayBuffer>;
}

/** Purposes of random numbers: a trial draws from one stream for each. */
const [WEIGHTS, ORDER, DROPOUT, KERNELS] = [1, 2, 3, 4];

/**
 * Trains all trials side by side and keeps each one's parameters of the epoch with the lowest
 * validation loss. Nothing waits for the GPU inside an epoch's training or its validation.
 *
 * @param onEpoch Called after every epoch.
 * @throws {Error} When a loss is no longer finite, or the GPU fails.
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
  /** (TRIALS, ROW): room for each trial's best parameters. */
  kept: Tensor;
  /** Draws the next epoch's order and transforms; comes before the steps submitted after it. */
  shuffle(): void;
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
  const [height, width] = network.input;
  const orders = seeds.map((seed) => createRandom(mixSeed(seed, ORDER)));
  return {
    ...{ layout, examples, step, steps, records, measure, validation, parameters, kept },
    shuffle() {
      const places = orders.flatMap((random) => drawEpoch(examples, random, batch));
      upload(gpu, slots, encodeSlots(places, [height, width]));
    },
  };
}

async function runEpochs(
  gpu: Gpu,
  { seeds, batch, epochs, signal }: TrainOptions,
  training: Training & { bind: number },
  onEpoch: (report: EpochReport) => void,
): Promise<TrainedTrial[]> {
  const { layout, examples, step, steps, records, measure, validation } = training;
  const { parameters, kept } = training;
  const histories = seeds.map((): TrainedTrial["history"] => ({ train: [], valid: [] }));
  const best = seeds.map(() => ({ epoch: 0, loss: Infinity }));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    signal?.throwIfAborted();
    const start = performance.now();
    training.shuffle();
    for (let s = 0; s < steps; s++) submit(gpu, step);
    const [trainSums] = await download(gpu, [records]);
    const trained = performance.now();
    submit(gpu, measure);
    for (const step of validation.batches) submit(gpu, step);
    const [validSums] = await download(gpu, [validation.records]);
    const end = performance.now();

    const trials = histories.map((history, t) => {
      const train = epochMetrics(trainSums, t, steps, batch, examples.length);
      const valid = evaluationMetrics(validSums, t, validation);
      for (const metrics of [train, valid]) checkFinite(metrics, t, epoch);
      history.train.push(train);
      history.valid.push(valid);
      if (valid.loss < best[t].loss) {
        best[t] = { epoch, loss: valid.loss };
        copyRow(gpu, parameters, kept, t);
      }
      return { train, valid };
    });
    const bind = epoch === 1 ? training.bind : 0;
    const seconds = { bind, train: (trained - start) / 1000, valid: (end - trained) / 1000 };
    onEpoch({ epoch, trials, seconds });
  }

  const [keptRows] = await download(gpu, [kept]);
  return seeds.map((seed, t) => ({
    seed,
    history: histories[t],
    bestEpoch: best[t].epoch,
    parameters: keptRows.slice(t * layout.row, (t + 1) * layout.row),
  }));
}

function checkFinite({ loss }: Metrics, trial: number, epoch: number): void {
  if (Number.isFinite(loss)) return;
  throw new Error(
    `Training diverged: the loss of network ${trial + 1} is ${loss} in epoch ${epoch}; ` +
      `check the images and λ, or use another seed`,
  );
}
