/**
 * Trains many trials of one network at once: the same dispatches serve all of them, and what differs
 * between trials is their seed and λ.
 *
 * @module
 */
import { drawTransform } from "./data/augment.ts";
import type { Gpu } from "./gpu/device.ts";
import { submit } from "./gpu/shader.ts";
import { createTensor, download, type Tensor, upload } from "./gpu/tensor.ts";
import { ADAM, adam, adamRates } from "./nn/adam.ts";
import { augment, type Normalization } from "./nn/augment.ts";
import { initialParameters, type KernelVectors } from "./nn/initializer.ts";
import { evenTile } from "./nn/kernel_pages.ts";
import { createLayout, type Layout, type NetworkSpec, type StoredMap } from "./nn/layout.ts";
import { createNetwork } from "./nn/network.ts";
import { keepBest, record, tick } from "./nn/record.ts";
import { createRegularizer, type RegularizerSpec } from "./nn/regularizer.ts";
import { encodeSlots, type Slot, SLOT_WORDS } from "./nn/slots.ts";
import { createRandom, mixSeed, type Random } from "./random.ts";

/** Labelled images of one size, in memory. */
export interface Images {
  /** RGBA (N, H, W, 4), 0 … 255. */
  pixels: Uint8Array<ArrayBuffer>;
  /** (N) labels, 0 … classes − 1. */
  labels: Int32Array<ArrayBuffer>;
  /** H, rows of every image. */
  height: number;
  /** W, columns of every image. */
  width: number;
}

/** Images on the GPU; uploaded once, they serve any number of trainings. */
export interface ImageBank {
  /** (N, H, W) RGBA bytes. */
  pixels: Tensor;
  /** (N) labels, 0 … classes − 1. */
  labels: Int32Array<ArrayBuffer>;
  /** H, rows of every image. */
  height: number;
  /** W, columns of every image. */
  width: number;
}

/** Some images of a bank. */
export interface Examples {
  /** Where they are. */
  bank: ImageBank;
  /** Indices into the bank; default all. */
  indices?: readonly number[];
}

/** Loss with the penalty, cross-entropy without, accuracy in [0, 1]. */
export interface Metrics {
  /** Cross-entropy (weighted, in training) plus penalty. */
  loss: number;
  /** Mean cross-entropy in nats. */
  ce: number;
  /** The part of the images whose largest logit is their label's. */
  accuracy: number;
}

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
  /** Stops between two steps by throwing its reason. */
  signal?: AbortSignal;
}

/** What one epoch brought, trial by trial. */
export interface EpochReport {
  /** From 1. */
  epoch: number;
  /** In the order of the seeds. */
  trials: { train: Metrics; valid: Metrics }[];
  /** Seconds spent on training steps, augmentation included, and on validation. */
  seconds: { train: number; valid: number };
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

/** Purposes of random streams: each trial draws from one stream for each. */
const [WEIGHTS, ORDER, DROPOUT, COPIES] = [1, 2, 3, 4];

/** Evaluation batches hold at most this many images: enough to fill a GPU, small enough for memory. */
const EVALUATION_BATCH = 50;

/** Uploads images, 4 bytes a pixel. */
export function uploadImages(gpu: Gpu, { pixels, labels, height, width }: Images): ImageBank {
  const shape = [labels.length, height, width];
  return { pixels: createTensor(gpu, "images", shape, pixels), labels, height, width };
}

/** How many trials fit into one training: no activation may exceed the adapter's largest binding. */
export function trialsAtOnce(gpu: Gpu, network: NetworkSpec, batch: number): number {
  const { convs } = createLayout(network);
  const elements = ({ height, width, channels }: StoredMap) => height * width * channels;
  const evaluation = Math.max(...convs.map(({ z, y }) => Math.max(elements(z), elements(y))));
  const training = Math.max(evaluation, elements(convs[0].x));
  const bytes = 4 * Math.max(batch * training, EVALUATION_BATCH * evaluation);
  return Math.max(1, Math.floor(gpu.device.limits.maxStorageBufferBindingSize / bytes));
}

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
  const { network, seeds, normalization, batch, epochs, signal } = options;
  for (const [name, value] of Object.entries({ batch, epochs, trials: seeds.length })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot train: ${name} ${value} must be a positive integer`);
    }
  }
  const layout = createLayout(network);
  const trials = seeds.length;
  const [height, width] = network.input;
  const examples = listExamples(options.train, network);
  const stepsPerEpoch = Math.ceil(examples.length / batch);

  // (TRIALS, ROW): a network is a row.
  const rows = new Float32Array(trials * layout.row);
  seeds.forEach((seed, t) => {
    const random = createRandom(mixSeed(seed, WEIGHTS));
    const kernels = options.drawKernels?.(random);
    rows.set(initialParameters(layout, random, kernels), t * layout.row);
  });
  const parameters = createTensor(gpu, "parameters", [trials, layout.row], rows);
  const [gradients, m, v, kept] = ["gradients", "m", "v", "kept"].map((label) =>
    createTensor(gpu, label, [trials, layout.row])
  );

  const slots = createTensor(gpu, "slots", [trials, stepsPerEpoch * batch, SLOT_WORDS]);
  const clock = createTensor(gpu, "clock", [64]);
  const map = layout.convs[0].x;
  const x = createTensor(gpu, "x", [trials, batch, map.height, map.width, map.channels]);
  const weights = options.classWeights ?? new Float32Array(layout.classes).fill(1);
  const classWeights = createTensor(gpu, "class weights", [layout.classes], weights);
  const maskSeeds = Uint32Array.from(seeds, (seed) => mixSeed(seed, DROPOUT));
  const dropout = { seeds: createTensor(gpu, "dropout seeds", [trials], maskSeeds) };
  const records = createTensor(gpu, "records", [trials, stepsPerEpoch, 4]);
  // The rate halves over a long run (SPEC §5).
  const decay = epochs >= 100 ? 1 / (epochs * examples.length / batch) : 0;
  const rates = createTensor(
    gpu,
    "rates",
    [epochs * stepsPerEpoch],
    adamRates({ ...ADAM, decay }, epochs * stepsPerEpoch),
  );

  const tensors = { parameters, gradients };
  const regularizer = await createRegularizer(gpu, layout, options.regularizer, tensors);
  const { penalties } = regularizer;
  const { pixels } = options.train.bank;
  const inputs = { x, parameters, slots, clock, classWeights };
  const net = await createNetwork(gpu, layout, inputs, { gradients, dropout });
  const step = [
    ...await augment(gpu, map, normalization, { pixels, slots, clock, x }),
    ...net.forward,
    ...net.backward,
    ...regularizer.regularize,
    ...await record(gpu, { losses: net.losses, penalties, clock, records }),
    ...await adam(gpu, ADAM, { gradients, rates, clock, m, v, parameters }),
    ...await tick(gpu, clock),
  ];
  const validation = await createEvaluation(gpu, layout, {
    ...{ parameters, penalties, normalization, copies: options.copies },
    examples: options.valid,
  });
  const best = createTensor(gpu, "best", [trials, 4]);
  const keep = await keepBest(gpu, validation.count, {
    ...{ records: validation.records, best, parameters, kept },
  });

  const orders = seeds.map((seed) => createRandom(mixSeed(seed, ORDER)));
  const histories = seeds.map((): TrainedTrial["history"] => ({ train: [], valid: [] }));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const start = performance.now();
    const places = orders.flatMap((random) => drawEpoch(examples, random, batch));
    upload(gpu, slots, encodeSlots(places, [height, width]));
    for (let s = 0; s < stepsPerEpoch; s++) {
      signal?.throwIfAborted();
      submit(gpu, step);
    }
    const [trainSums] = await download(gpu, [records]);
    const trained = performance.now();
    submit(gpu, regularizer.measure);
    for (let s = 0; s < validation.steps; s++) {
      signal?.throwIfAborted();
      submit(gpu, validation.step);
    }
    submit(gpu, keep);
    const [validSums] = await download(gpu, [validation.records]);
    const end = performance.now();

    const report = histories.map((history, t) => {
      const train = epochMetrics(trainSums, t, stepsPerEpoch, batch, examples.length);
      const valid = evaluationMetrics(validSums, t, validation);
      for (const metrics of [train, valid]) checkFinite(metrics, seeds[t], epoch);
      history.train.push(train);
      history.valid.push(valid);
      return { train, valid };
    });
    onEpoch({
      epoch,
      trials: report,
      seconds: { train: (trained - start) / 1000, valid: (end - trained) / 1000 },
    });
  }

  const [keptRows, bestState] = await download(gpu, [kept, best]);
  const state = new Uint32Array(bestState.buffer, bestState.byteOffset, bestState.length);
  return seeds.map((seed, t) => ({
    seed,
    history: histories[t],
    bestEpoch: state[4 * t + 1] + 1,
    parameters: keptRows.slice(t * layout.row, (t + 1) * layout.row),
  }));
}

/**
 * Evaluates trained trials on augmented copies of images.
 *
 * @param trials Their parameters, (ROW) each.
 * @param copies Augmented copies of each image; default 5.
 * @returns ce and accuracy of each trial.
 */
export async function evaluate(
  gpu: Gpu,
  { network, trials, examples, normalization, copies }: {
    network: NetworkSpec;
    trials: readonly Float32Array[];
    examples: Examples;
    normalization: Normalization;
    copies?: number;
  },
): Promise<Omit<Metrics, "loss">[]> {
  const layout = createLayout(network);
  const rows = new Float32Array(trials.length * layout.row);
  trials.forEach((row, t) => rows.set(row, t * layout.row));
  const parameters = createTensor(gpu, "parameters", [trials.length, layout.row], rows);
  const penalties = createTensor(gpu, "no penalties", [trials.length, 1]);
  const options = { parameters, penalties, normalization, copies, examples };
  const evaluation = await createEvaluation(gpu, layout, options);
  for (let s = 0; s < evaluation.steps; s++) submit(gpu, evaluation.step);
  const [sums] = await download(gpu, [evaluation.records]);
  return trials.map((_, t) => {
    const { ce, accuracy } = evaluationMetrics(sums, t, evaluation);
    return { ce, accuracy };
  });
}

/** Evaluation as a step that is submitted `steps` times, over `count` images, copies included. */
async function createEvaluation(
  gpu: Gpu,
  layout: Layout,
  { parameters, penalties, examples, normalization, copies = 5 }: {
    parameters: Tensor;
    penalties: Tensor;
    examples: Examples;
    normalization: Normalization;
    copies?: number;
  },
) {
  const [trials] = parameters.shape;
  const [height, width] = layout.spec.input;
  const list = listExamples(examples, layout.spec);
  const random = createRandom(mixSeed(COPIES));
  const places = Array.from({ length: copies }, () => list).flat().map((example): Slot => ({
    ...example,
    ...drawTransform(random),
  }));
  const batch = evenTile(places.length, EVALUATION_BATCH);
  const steps = Math.ceil(places.length / batch);
  const empty = Array(steps * batch - places.length).fill(null);
  const table = encodeSlots([...places, ...empty], [height, width]);

  const slots = createTensor(gpu, "evaluation slots", [1, steps * batch, SLOT_WORDS], table);
  const clock = createTensor(gpu, "evaluation clock", [64]);
  const map = layout.convs[0].x;
  const x = createTensor(gpu, "evaluation x", [1, batch, map.height, map.width, map.channels]);
  const ones = new Float32Array(layout.classes).fill(1);
  const classWeights = createTensor(gpu, "evaluation class weights", [layout.classes], ones);
  const records = createTensor(gpu, "evaluation records", [trials, steps, 4]);
  const { pixels } = examples.bank;
  const net = await createNetwork(gpu, layout, { x, parameters, slots, clock, classWeights });
  return {
    step: [
      ...await augment(gpu, map, normalization, { pixels, slots, clock, x }),
      ...net.forward,
      ...await record(gpu, { losses: net.losses, penalties, clock, records }),
      ...await tick(gpu, clock),
    ],
    ...{ steps, records, count: places.length },
  };
}

/** The images of a set as untransformed slots. */
function listExamples({ bank, indices }: Examples, { input, dense }: NetworkSpec): Slot[] {
  const [height, width] = input;
  const classes = dense[dense.length - 1];
  if (bank.height !== height || bank.width !== width) {
    throw new TypeError(
      `Cannot feed ${bank.height}×${bank.width} images to a network of ${height}×${width} inputs`,
    );
  }
  const chosen = indices ?? Array.from(bank.labels.keys());
  if (chosen.length === 0) throw new RangeError("Cannot train or evaluate on no images");
  return chosen.map((image) => {
    const label = bank.labels[image];
    if (!(label >= 0 && label < classes)) {
      throw new RangeError(
        `Cannot use image ${image}: label ${label} is outside 0 … ${classes - 1}`,
      );
    }
    return { image, label, weight: 0, theta: 0, tx: 0, ty: 0, flip: false };
  });
}

/** One trial's epoch: every example once, in fresh order, freshly transformed. */
function drawEpoch(examples: readonly Slot[], random: Random, batch: number): (Slot | null)[] {
  const order = random.shuffle(Array.from(examples.keys()));
  const steps = Math.ceil(order.length / batch);
  return Array.from({ length: steps * batch }, (_, place) => {
    if (place >= order.length) return null;
    const inBatch = Math.min(batch, order.length - Math.floor(place / batch) * batch);
    return { ...examples[order[place]], ...drawTransform(random), weight: 1 / inBatch };
  });
}

/** Means over an epoch's batches, each weighted by its images, as Keras reports them. */
function epochMetrics(
  sums: Float32Array,
  trial: number,
  steps: number,
  batch: number,
  images: number,
): Metrics {
  let loss = 0, ce = 0, correct = 0;
  for (let s = 0; s < steps; s++) {
    const [weighted, plain, right, penalty] = sums.subarray(4 * (trial * steps + s));
    loss += weighted + penalty * Math.min(batch, images - s * batch);
    ce += plain;
    correct += right;
  }
  return { loss: loss / images, ce: ce / images, accuracy: correct / images };
}

function evaluationMetrics(
  sums: Float32Array,
  trial: number,
  { steps, count }: { steps: number; count: number },
): Metrics {
  let ce = 0, correct = 0;
  for (let s = 0; s < steps; s++) {
    ce += sums[4 * (trial * steps + s) + 1];
    correct += sums[4 * (trial * steps + s) + 2];
  }
  const penalty = sums[4 * trial * steps + 3];
  return { loss: ce / count + penalty, ce: ce / count, accuracy: correct / count };
}

function checkFinite({ loss }: Metrics, seed: number, epoch: number): void {
  if (Number.isFinite(loss)) return;
  throw new Error(
    `Training diverged: the loss of the trial with seed ${seed} is ${loss} in epoch ${epoch}; ` +
      `check the images and λ, or use another seed`,
  );
}
