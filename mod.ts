/**
 * Learn what good convolution kernels look like, and use that as a prior: SK-reg (Feinman & Lake,
 * 2019) on any GPU that WebGPU reaches.
 *
 * The experiments are functions of options: {@linkcode phase1} trains networks and keeps their
 * kernels, {@linkcode fit} describes each layer's kernels by a Gaussian, {@linkcode phase2} learns
 * new classes with that prior. Below them, {@linkcode train} trains any network of this kind on
 * your own images, with a prior of your own:
 *
 * @example Train two trials of a small network with a smooth-kernel prior
 * ```ts
 * import { createRandom, openGpu, precision, train, uploadImages } from "@skreg/skreg";
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
export {
  type ArchiveCaps,
  type Unpacked,
  unpackImageSet,
  type UnpackOptions,
} from "./src/data/archive.ts";
export * from "./src/data/augment.ts";
export * from "./src/data/check.ts";
export * from "./src/data/contents.ts";
export * from "./src/data/decode.ts";
export * from "./src/data/download.ts";
export * from "./src/data/folder.ts";
export type { Part } from "./src/data/layout.ts";
export * from "./src/data/normalize.ts";
export type { Size } from "./src/data/resize.ts";
export * from "./src/data/split.ts";
export { type SyntheticOptions, writeSyntheticSet } from "./src/data/synthetic.ts";
export * from "./src/experiments/bench.ts";
export type {
  DataEvent,
  EpochEvent,
  GroupEvent,
  NetworkEvent,
  TrainingEvent,
} from "./src/experiments/events.ts";
export * from "./src/experiments/events.ts";
export * from "./src/experiments/export.ts";
export * from "./src/experiments/fit.ts";
export * from "./src/experiments/grid.ts";
export type { Mode, NewClassesOptions } from "./src/experiments/new_classes.ts";
export * from "./src/experiments/phase1.ts";
export * from "./src/experiments/phase2.ts";
export * from "./src/experiments/predict.ts";
export * from "./src/experiments/report.ts";
export type { TestFigures } from "./src/experiments/test_trials.ts";
export * from "./src/failure.ts";
export { type AdapterSummary, nameVendor } from "./src/gpu/adapter.ts";
export * from "./src/gpu/device.ts";
export { onPaper, type PaperGpu } from "./src/gpu/paper.ts";
export { type Plan, planOf } from "./src/gpu/plan.ts";
export type { Mark, Proof } from "./src/gpu/proof.ts";
export {
  type Access,
  bind,
  type Binding,
  encode,
  type Shader,
  type Step,
  submit,
} from "./src/gpu/shader.ts";
export {
  createSheet,
  downloadSheet,
  type Sheet,
  type TexelFormat,
  uploadSheet,
} from "./src/gpu/sheet.ts";
export type { Constants } from "./src/gpu/specialize.ts";
export { createTensor, download, type Source, type Tensor, upload } from "./src/gpu/tensor.ts";
export type { Effort } from "./src/gpu/timing.ts";
export type { Tuning } from "./src/gpu/tuning.ts";
export * from "./src/io/keras_h5.ts";
export * from "./src/io/npy.ts";
export * from "./src/nn/adam.ts";
export type { ImageSource, Normalization, WarpedImages } from "./src/nn/augment.ts";
export type { KernelVectors } from "./src/nn/initializer.ts";
export * from "./src/nn/layout.ts";
export type { Model } from "./src/nn/model.ts";
export * from "./src/nn/network.ts";
export * from "./src/nn/paper_network.ts";
export { measurePeak, type Peak } from "./src/nn/peak.ts";
export * from "./src/nn/regularizer.ts";
export type { LayerDescription } from "./src/nn/summary.ts";
export * from "./src/prior/gaussian.ts";
export type { Rank } from "./src/prior/kernels.ts";
export * from "./src/prior/layer.ts";
export type { Matrix, Numbers } from "./src/prior/matrix.ts";
export type { TikhonovCurve } from "./src/prior/tikhonov.ts";
export * from "./src/random.ts";
export * from "./src/report/png.ts";
export * from "./src/report/statistics.ts";
export * from "./src/report/table.ts";
export type { Settings } from "./src/runs/config.ts";
export type { TimeSplit } from "./src/stopwatch.ts";
export type { BindOptions } from "./src/training/bind.ts";
export * from "./src/training/evaluate.ts";
export {
  type Examples,
  type ImageBank,
  type Images,
  uploadImages,
} from "./src/training/examples.ts";
export { trialsAtOnce, type Workload } from "./src/training/memory.ts";
export type { Metrics } from "./src/training/metrics.ts";
export * from "./src/training/predict.ts";
export {
  type Begun,
  type EpochReport,
  type History,
  train,
  type TrainedTrial,
  type TrainingState,
  type TrainOptions,
} from "./src/training/train.ts";
