/**
 * Learn what good convolution kernels look like, and use that as a prior: SK-reg (Feinman & Lake,
 * 2019) on any GPU that WebGPU reaches.
 *
 * The experiments are functions of options: {@linkcode phase1} trains networks and keeps their
 * kernels, {@linkcode fit} describes each layer's kernels by a Gaussian, {@linkcode phase2} learns
 * new classes with that prior. What they are made of has entries of its own: `@skreg/skreg/train`
 * trains any network of this kind, in a browser too; `@skreg/skreg/gpu` is the layer over WebGPU, and
 * `@skreg/skreg/formats` the files.
 *
 * @example The whole experiment, very small, on built-in silhouettes
 * ```ts
 * import { fit, openGpu, phase1, phase2, writeSyntheticSet } from "@skreg/skreg";
 *
 * const dir = await Deno.makeTempDir();
 * const [dataDir, kernelDir, covDir] = [`${dir}/images`, `${dir}/kernels`, `${dir}/prior`];
 * const part = { train: 1, valid: 1, test: 1 };
 * await writeSyntheticSet(dataDir, { perClass: 2, size: 41, phase2: part });
 *
 * const gpu = await openGpu();
 * const small = { dataDir, size: 41, epochs: 1 };
 * await phase1(gpu, { ...small, resultsDir: kernelDir, trials: 3 });
 * await fit({ kernelDir, gaussianDir: covDir });
 * const resultsDir = `${dir}/new_classes`;
 * const { mean } = await phase2(gpu, { ...small, resultsDir, covDir, mode: "sk", alpha: 2.57 });
 * console.log(`${(100 * mean.accuracy).toFixed(1)} % of the test images`);
 * gpu.close();
 * await Deno.remove(dir, { recursive: true });
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
export {
  checkDataSet,
  type CheckedPart,
  type CheckOptions,
  type DataSetCheck,
} from "./src/data/check.ts";
export type { ClassContents, IgnoredFile } from "./src/data/classes.ts";
export {
  type DataSetContents,
  listDataSet,
  type ListOptions,
  type PartContents,
} from "./src/data/contents.ts";
export { downloadImageSet, type DownloadOptions, SILHOUETTES_URL } from "./src/data/download.ts";
export {
  type ImageFolder,
  type ImageFolderOptions,
  type ImageSet,
  readImageFolder,
} from "./src/data/folder.ts";
export type { Part } from "./src/data/phase_folders.ts";
export type { Size } from "./src/data/resize.ts";
export { type SyntheticOptions, writeSyntheticSet } from "./src/data/draw_silhouettes.ts";
export {
  type TinyImageNet,
  type TinyImageNetOptions,
  writeTinyImageNet,
} from "./src/data/tiny_imagenet.ts";
export type { ReleaseOptions } from "./src/data/open_tiny_imagenet.ts";
export type {
  DataEvent,
  EpochEvent,
  GroupEvent,
  Happening,
  NetworkEvent,
  PriorEvent,
  StopEvent,
  TrainingEvent,
  WaitEvent,
  WarningEvent,
  WeightsEvent,
} from "./src/experiments/events.ts";
export {
  type ExportedLayer,
  type ExportedPrior,
  type ExportOptions,
  exportPrior,
} from "./src/experiments/export.ts";
export type { WeightsOptions } from "./src/experiments/find_tensors.ts";
export { fit, type FitEvent, type FitOptions } from "./src/experiments/fit.ts";
export { grid, type GridOptions, type TrainedGrid, trainGrid } from "./src/experiments/grid.ts";
export { leastSide, readDesign } from "./src/experiments/network_file.ts";
export type { NewClassesOptions } from "./src/experiments/learn_new_classes.ts";
export { phase1, type Phase1Options } from "./src/experiments/phase1.ts";
export { phase2, type Phase2Options } from "./src/experiments/phase2.ts";
export {
  type PredictEvent,
  predictImages,
  type Predictions,
  type PredictOptions,
} from "./src/experiments/predict.ts";
export {
  DEFAULT_RUNS,
  type ReportOptions,
  type ReportSummary,
  writeReport,
} from "./src/experiments/report.ts";
export type { TrainingOptions } from "./src/experiments/training_options.ts";
export type { PriorOptions } from "./src/experiments/use_prior.ts";
export { Failure, type FailureKind } from "./src/failure.ts";
export { type Gpu, openGpu, type OpenOptions } from "./src/gpu/device.ts";
export type { Head, NetworkDesign } from "./src/nn/design.ts";
export type { Model } from "./src/nn/model.ts";
export type { LayerDescription } from "./src/nn/summary.ts";
export type { AxisOrder, KernelShape } from "./src/io/kernel_axes.ts";
export type { LayerPair } from "./src/prior/choose_gaussians.ts";
export type { Interval, SampleSummary } from "./src/report/statistics.ts";
export type { Settings } from "./src/runs/config.ts";
export type { Mode } from "./src/runs/file_names.ts";
export type * from "./src/runs/summaries.ts";
export type { TimeSplit } from "./src/stopwatch.ts";
export type { Metrics } from "./src/training/metrics.ts";
