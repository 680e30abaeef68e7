/**
 * Evaluates trials on augmented copies of images, the same for all trials.
 *
 * @module
 */
import { type Augmentation, defaultAugmentation } from "../data/augment.ts";
import type { Gpu } from "../gpu/device.ts";
import { compileTogether } from "../gpu/compile.ts";
import { evenTile, type Step } from "../gpu/shader.ts";
import type { Sheet } from "../gpu/sheet.ts";
import { createTensor, download, type Tensor } from "../gpu/tensor.ts";
import { augment, createImages, type Normalization } from "../nn/augment.ts";
import { readsThroughWarp } from "../nn/first_layer.ts";
import {
  type ConvLayout,
  createLayout,
  type Layout,
  type NetworkSpec,
  quads,
} from "../nn/layout.ts";
import { createNetwork } from "../nn/network.ts";
import { recordBatch, tick } from "../nn/record_batch.ts";
import { encodeSlots, SLOT_WORDS } from "../nn/slots.ts";
import { createRandom } from "../random.ts";
import { drawCopies, type Examples, listExamples } from "./examples.ts";
import { evaluationMetrics, type Metrics } from "./metrics.ts";
import { createPace } from "./pace.ts";

/** Evaluation batches hold at most this many images: enough to fill a GPU, small enough for memory. */
export const EVALUATION_BATCH = 50;

/** Warped images are kept for the next evaluation where all of them take no more bytes than this. */
export const IMAGES_KEPT = 2 ** 29;

/** Augmented copies of an image that is evaluated, where no other number is given (SPEC §2). */
export const COPIES = 5;

/** Which copies are drawn never changes. */
const COPIES_SEED = 4;

/** What to evaluate. */
export interface EvaluationOptions {
  /** The network of all trials; its input is as large as the images. */
  network: NetworkSpec;
  /** Their parameters, (ROW) each. */
  trials: readonly Float32Array[];
  /** What they are shown. */
  examples: Examples;
  /** The channel means and deviations by which pixels are z-scored, in training and evaluation. */
  normalization: Normalization;
  /** Augmented copies of each image that is evaluated; default 5. 0: the images as they are. */
  copies?: number;
  /**
   * How they, and in training the images, are transformed; default the authors', at the images' side
   * (SPEC §2).
   */
  augmentation?: Augmentation;
  /** Looked at ten times a second or so; the work then ends by throwing its reason. */
  signal?: AbortSignal;
}

/**
 * Evaluates trained trials on augmented copies of images.
 *
 * @returns ce and accuracy of each trial.
 */
export async function evaluate(
  gpu: Gpu,
  options: EvaluationOptions,
): Promise<Omit<Metrics, "loss">[]> {
  return await gpu.scope(async (gpu) => {
    const evaluation = await bindEvaluation(gpu, options);
    const pace = createPace(gpu, options.signal);
    for (const steps of evaluation.batches) await pace(steps);
    const [sums] = await download(gpu, [evaluation.records]);
    return options.trials.map((_, t) => {
      const { ce, accuracy } = evaluationMetrics(sums, t, evaluation);
      return { ce, accuracy };
    });
  }, options.signal);
}

/** Uploads trials and binds their evaluation, which will run once. */
export async function bindEvaluation(
  gpu: Gpu,
  { network, trials, ...options }: EvaluationOptions,
): Promise<Evaluation> {
  const layout = createLayout(network);
  const rows = new Float32Array(trials.length * layout.row);
  trials.forEach((row, t) => rows.set(row, t * layout.row));
  const parameters = createTensor(gpu, "parameters", [trials.length, layout.row], rows);
  const penalties = createTensor(gpu, "no penalties", [trials.length, 1]);
  const evaluation = { ...options, parameters, penalties, keep: 0 };
  return await compileTogether(gpu, (gpu) => createEvaluation(gpu, layout, evaluation));
}

/** Evaluation, bound to its tensors. */
export interface Evaluation {
  /** What must be run once, before the first evaluation. */
  prepare: Step[][];
  /** The steps of each batch; all of them make one evaluation. */
  batches: Step[][];
  /** Images behind the records, copies included. */
  count: number;
  /** (TRIALS, STEPS, 4), as `recordBatch` writes them. */
  records: Tensor;
  /** (TRIALS, BATCH, 1, ⌈CLASSES/4⌉): of the batch that ran last. */
  logits: Sheet;
}

/**
 * Binds the evaluation of trials whose parameters lie on the GPU.
 *
 * @param parameters (TRIALS, ROW)
 * @param penalties (TRIALS, PENALTIES): what the records report as the penalty.
 * @param keep Bytes that warped images may take, so that they are warped once; default 512 MiB.
 */
export async function createEvaluation(
  gpu: Gpu,
  layout: Layout,
  {
    parameters,
    penalties,
    examples,
    normalization,
    copies = COPIES,
    keep = IMAGES_KEPT,
    ...options
  }: Omit<EvaluationOptions, "network" | "trials" | "signal"> & {
    parameters: Tensor;
    penalties: Tensor;
    keep?: number;
  },
): Promise<Evaluation> {
  const [trials] = parameters.shape;
  const [height, width] = layout.spec.input;
  const list = listExamples(examples, layout.spec);
  const { augmentation = defaultAugmentation(Math.min(height, width)) } = options;
  const random = createRandom(COPIES_SEED);
  const places = copies === 0 ? list : drawCopies(list, random, copies, augmentation);
  const batch = evenTile(places.length, EVALUATION_BATCH);
  const steps = Math.ceil(places.length / batch);
  const empty = Array(steps * batch - places.length).fill(null);
  const table = encodeSlots([...places, ...empty], [height, width]);

  const slots = createTensor(gpu, "evaluation slots", [1, steps * batch, SLOT_WORDS], table);
  const clock = createTensor(gpu, "evaluation clock", [64]);
  const ones = new Float32Array(layout.classes).fill(1);
  const classWeights = createTensor(gpu, "evaluation class weights", [layout.classes], ones);
  const records = createTensor(gpu, "evaluation records", [trials, steps, 4]);
  const source = { pixels: examples.bank.pixels, slots, clock, batch, normalization };
  const images = { ...source, fb: augmentation.fb && copies > 0 };
  const [first] = layout.convs, next = await tick(gpu, clock);
  // Warped copies that are stored are kept where they may: they never change.
  const stored = !readsThroughWarp(gpu, first);
  const kept = stored && bytesOf(first, steps * batch) <= keep;
  const sheets = Array.from(
    { length: kept ? steps : stored ? 1 : 0 },
    () => createImages(gpu, "evaluation x", first.x, 1, batch),
  );
  const warp = await Promise.all(sheets.map((x) => augment(gpu, first.x, images, x)));
  const inputs = { images: sheets[0] ?? images, parameters, slots, clock, classWeights };
  const net = await createNetwork(gpu, layout, inputs);
  const end = [await recordBatch(gpu, { losses: net.losses, penalties, clock, records }), next];
  const batches: Step[][] = [];
  for (let s = 0; s < steps; s++) {
    const { forward } = s > 0 && kept ? await net.from(sheets[s]) : net;
    batches.push([...stored && !kept ? warp[0] : [], ...forward, ...end]);
  }
  const prepare = kept ? warp.map((steps) => [...steps, next]) : [];
  return { prepare, batches, count: places.length, records, logits: net.logits };
}

/** Bytes that images take once warped. */
function bytesOf({ x: { height, width, channels } }: ConvLayout, images: number): number {
  return 16 * images * height * width * quads(channels);
}
