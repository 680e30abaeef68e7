/**
 * What a run says when it is done: summary.json of each task, and grid.json. JSON has null for a number
 * that is not finite.
 *
 * @module
 */
import type { Model } from "../nn/model.ts";
import type { AxisOrder, KernelShape } from "../io/kernel_axes.ts";
import type { Rank } from "../prior/kernels.ts";
import type { LayerSummary } from "../prior/fit_layer.ts";
import type { Interval, SampleSummary } from "../report/statistics.ts";
import type { TimeSplit } from "../stopwatch.ts";
import type { Metrics } from "../training/metrics.ts";
import type { Settings } from "./config.ts";
import type { Mode } from "./file_names.ts";

/** What the summaries of all trainings say. */
export interface TrainingSummary {
  /** The adapter's name. */
  adapter: string;
  /** Passes over the training images. */
  epochs: number;
  /** Images a step. */
  batch: number;
  /** What the last run took; in phase 1 the sum of what its trials took, over all runs. */
  seconds: number;
  /** Seconds of the last run by what they were spent on. */
  time: TimeSplit;
  /** What must agree before trials count as one experiment. */
  settings: Settings;
  /** What turns a trial's weights into a classifier. */
  model: Model;
}

/** What every summary says of a trial. */
export interface FinishedTrial {
  /** Its folder in the result folder, e.g. "l2_alpha4.29/trial000"; "." for a single network. */
  folder: string;
  /** Its number in the experiment. */
  trial: number;
  /** What decided its chance: a mix of the experiment's seed and its number. */
  seed: number;
  /** The epoch with the lowest validation loss, from 1. */
  bestEpoch: number;
  /** Figures over the augmented copies of the validation images, after the best epoch. */
  valid: Metrics;
}

/** One trial of phase 1. */
export interface TrialSummary extends FinishedTrial {
  /** Figures over the training images, as they were augmented and with dropout, during the best epoch. */
  train: Metrics;
  /** Its share of the time of the trials that trained side by side, interrupted parts included. */
  seconds: number;
}

/** summary.json of phase 1. */
export interface Phase1Summary extends TrainingSummary {
  /** Training images per second of the last part's steps, augmentation included, validation not. */
  imagesPerSecond: number;
  /** All finished trials of the folder, by number. */
  trials: TrialSummary[];
}

/** A tensor of four axes that was found, those of one name and shape in several files being one. */
export interface FoundTensor extends KernelShape {
  /** As its files call it. */
  name: string;
  /** Where it is, and how it is stored there. */
  stored: { file: string; shape: number[]; order: AxisOrder }[];
  /** Of all files together. */
  samples: number;
  /** What counts as a sample. */
  rank: Rank;
  /** The layer that it becomes, "conv1", …; absent where it is left out. */
  layer?: string;
  /** Why it has that rank, or is left out, in words. */
  reason: string;
}

/** What `fit` found; summary.json holds the same. */
export interface FitSummary {
  /** The folder of the trials whose kernels were fitted. */
  kernelDir?: string;
  /** How many these are. */
  trials?: number;
  /** Or the tensors of four axes in weights files, and what became of them. */
  tensors?: FoundTensor[];
  /** One entry a convolution layer, from the image on. */
  layers: LayerSummary[];
  /** What the weights files call these layers. */
  sources: string[];
  /** What the reader should know, one sentence each; empty when all is well. */
  warnings: string[];
}

/** Cross-entropy and accuracy on the test images. */
export type TestFigures = Omit<Metrics, "loss">;

/** The Gaussian that a conv layer's kernels are held to. */
export interface LayerPrior {
  /** The layer of the network: conv2d_1, … */
  layer: string;
  /** The layer of the prior, conv1, …; null where the penalty is L2. */
  prior: string | null;
  /** What counts as one vector of it; absent where the penalty is L2. */
  rank?: Rank;
  /** D, the weights of a vector. */
  dimensions?: number;
  /** Why this one, in words. */
  reason: string;
}

/** The prior of SK-reg, and what each conv layer takes of it. */
export interface UsedPrior {
  /** The folder that `fit` wrote; null for the built-in one. */
  covDir: string | null;
  /** The networks whose kernels the built-in one was fitted to. */
  networks?: number;
  /** One entry a conv layer, from the image on. */
  layers: LayerPrior[];
}

/** What the summaries of phase 2 and the grid say. */
export interface NewClassesSummary extends TrainingSummary {
  /** The prior, where it is used. */
  prior?: UsedPrior;
  /** What the fit had to say of the prior, where it is used; empty when all is well. */
  warnings: string[];
}

/** A penalty and its strength. */
export interface Penalty {
  /** The penalty on conv kernels. */
  mode: Mode;
  /** Its strength. */
  alpha: number;
  /** λ, which follows from α. */
  lambda: number;
}

/** One trial of phase 2. */
export interface Phase2Trial extends FinishedTrial {
  /** Figures on the test images, with the weights of the best epoch. */
  test: TestFigures;
}

/** summary.json of phase 2. */
export interface Phase2Summary extends NewClassesSummary, Penalty {
  /** λ of L2 on the last dense layer. */
  denseL2: number;
  /** All trials, by number. */
  trials: Phase2Trial[];
  /** The means over the trials. */
  mean: TestFigures;
  /** The standard errors of these means; null for a single trial. */
  standardError: TestFigures | null;
}

/** Some trials' cross-entropy and accuracy, mean and standard error. */
export interface GridFigures extends Penalty {
  /** Cross-entropy in nats. */
  ce: SampleSummary;
  /** Accuracy in [0, 1]. */
  accuracy: SampleSummary;
}

/** What the grid found: grid.json. */
export interface GridFindings {
  /** The chance that the intervals hold the true differences. */
  confidence: number;
  /** Figures on the validation images at each trial's best epoch; `seeds` counts the trials of a mode and α. */
  validation: (GridFigures & { seeds: number })[];
  /** Figures on the test images, for each mode at the α with the lowest validation cross-entropy. */
  test: (GridFigures & { trials: ({ trial: number; seed: number } & TestFigures)[] })[];
  /** SK − L2 on the test images, paired over seeds; null without both modes or for a single seed. */
  comparison: { pairs: number; ce: Interval; accuracy: Interval } | null;
}

/** One trial of the grid. */
export interface GridTrial extends FinishedTrial, Omit<Penalty, "lambda"> {
  /** Figures on the test images, only at the chosen α of the mode. */
  test?: TestFigures;
}

/** summary.json of the grid. */
export interface GridSummary extends NewClassesSummary, GridFindings {
  /** All trials, by mode, α and number. */
  trials: GridTrial[];
}
