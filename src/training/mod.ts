/**
 * Train any network of this kind on your own images, with a prior of your own, on a GPU; in Deno and
 * in a browser.
 *
 * @example Train two trials of a small network with a smooth-kernel prior
 * ```ts
 * import { createRandom, openGpu, precision, train, uploadImages } from "@skreg/skreg/train";
 *
 * const gpu = await openGpu();
 * // 12 images of 16×16 pixels: class 0 is dark on the left, class 1 on the right.
 * const [count, size] = [12, 16];
 * const random = createRandom(1);
 * const pixels = new Uint8Array(count * size * size * 4);
 * for (let i = 0; i < pixels.length; i++) {
 *   const image = Math.floor(i / 4 / size / size);
 *   const right = Math.floor(i / 4) % size >= size / 2;
 *   pixels[i] = (right === (image % 2 === 1) ? 40 : 200) + random.integer(30);
 * }
 * const labels = Int32Array.from({ length: count }, (_, image) => image % 2);
 * const bank = uploadImages(gpu, { pixels, labels, height: size, width: size });
 *
 * // A prior that wants neighbouring weights alike: Σ(i, j) = exp(−distance²/2) + 0.1·[i = j].
 * const at = Array.from({ length: 9 }, (_, i) => [Math.floor(i / 3), i % 3]);
 * const covariance = at.flatMap(([r, c]) =>
 *   at.map(([s, d]) => Math.exp(-((r - s) ** 2 + (c - d) ** 2) / 2) + (r === s && c === d ? 0.1 : 0))
 * );
 * const prior = await precision({ shape: [9, 9], data: covariance }, { unitDeterminant: true });
 *
 * const trials = await train(gpu, {
 *   network: {
 *     input: [size, size, 3],
 *     blocks: [{ kernel: 3, filters: 4, stride: 1, pool: 2, poolStride: 2 }],
 *     dense: [2],
 *     dropout: [0.5],
 *   },
 *   seeds: [1, 2],
 *   train: { bank },
 *   valid: { bank },
 *   normalization: { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3] },
 *   batch: 4,
 *   epochs: 3,
 *   regularizer: { lambda: 0.01, precisions: [prior.data], denseL2: [0] },
 * });
 * console.log(trials.map(({ bestEpoch, history }) => history.valid[bestEpoch - 1].accuracy));
 * gpu.close();
 * ```
 *
 * @module
 */
export { type Augmentation, defaultAugmentation } from "../data/augment.ts";
export {
  AUTHORS_CHANNELS,
  AUTHORS_FB_CHANNELS,
  type Channels,
  measureChannels,
} from "../data/channel_statistics.ts";
export { classWeights } from "../data/class_weights.ts";
export { type Split, stratifiedSplit } from "../data/split.ts";
export { Failure, type FailureKind } from "../failure.ts";
export { type Gpu, openGpu, type OpenOptions } from "../gpu/device.ts";
export type { Normalization } from "../nn/augment.ts";
export { checkDesign } from "../nn/check_design.ts";
export {
  buildNetwork,
  type Head,
  leastSide,
  type NetworkDesign,
  type Phase,
} from "../nn/design.ts";
export type { KernelVectors } from "../nn/initializer.ts";
export {
  type ConvBlock,
  type ConvLayout,
  createLayout,
  type DenseLayout,
  joinParameters,
  type Layout,
  type MapSize,
  namedParameters,
  type NetworkSpec,
  type Parameter,
  type StoredMap,
} from "../nn/layout.ts";
export { DESIGNS, PAPER, PAPER64, phase1Network, phase2Network } from "../nn/paper_network.ts";
export type { RegularizerSpec } from "../nn/regularizer.ts";
export {
  checkCovariance,
  createSampler,
  precision,
  type PrecisionOptions,
  sampleGaussian,
} from "../prior/gaussian.ts";
export { type Rank, stackKernels } from "../prior/kernels.ts";
export {
  fitLayer,
  type LayerFit,
  type LayerKernels,
  type LayerSummary,
} from "../prior/fit_layer.ts";
export type { Matrix, Numbers } from "../prior/matrix.ts";
export { type HeldOut, TIKHONOV, type TikhonovCurve } from "../prior/tikhonov.ts";
export { createRandom, mixSeed, type Random } from "../random.ts";
export type { BindOptions } from "./bind.ts";
export { evaluate, type EvaluationOptions } from "./evaluate.ts";
export { type Examples, type ImageBank, type Images, uploadImages } from "./examples.ts";
export { trialsAtOnce, type Workload } from "./memory.ts";
export type { Metrics } from "./metrics.ts";
export { predict } from "./predict.ts";
export {
  type Begun,
  type EpochReport,
  type History,
  train,
  type TrainedTrial,
  type TrainingState,
  type TrainOptions,
} from "./train.ts";
