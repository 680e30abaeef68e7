/**
 * What an experiment tells while it works; whoever shows it decides how.
 *
 * @module
 */
import type { IgnoredFile } from "../data/folder.ts";
import type { LayerDescription } from "../nn/summary.ts";
import type { UsedPrior } from "../runs/summaries.ts";
import type { Metrics } from "../training/metrics.ts";
import type { EpochReport } from "../training/train.ts";

/** What phase 1, phase 2 and the grid tell, in this order; groups and their epochs repeat. */
export type TrainingEvent =
  | DataEvent
  | NetworkEvent
  | PriorEvent
  | WaitEvent
  | GroupEvent
  | WeightsEvent
  | EpochEvent
  | StopEvent
  | WarningEvent;

/** What all events have. */
export interface Happening<Kind extends string> {
  /** Which event it is. */
  kind: Kind;
}

/** The images are read. */
export interface DataEvent extends Happening<"data"> {
  /** The folder of the phase. */
  folder: string;
  /** Class names; their places are the labels. */
  classes: string[];
  /** By part of the data, the images of each class. */
  parts: { name: "training" | "validation" | "test"; counts: number[] }[];
  /** Files that were passed over, and why. */
  ignored: IgnoredFile[];
}

/** The network is laid out. */
export interface NetworkEvent extends Happening<"network"> {
  /** The layers from the image on, with what a summary of a network shows. */
  layers: LayerDescription[];
  /** The experiment's seed. */
  seed: number;
  /** Where results go. */
  resultsDir: string;
}

/** SK-reg's prior is fitted to the network. */
export interface PriorEvent extends Happening<"prior">, UsedPrior {}

/** Trials that train side by side are about to start. */
export interface GroupEvent extends Happening<"group"> {
  /** The trials in a few words: "trials 0 … 9", "l2, 24 of 48 trials". */
  what: string;
  /** Trials in this group. */
  trials: number;
  /** Trials that are finished, of earlier groups and, with `resume`, of an earlier run. */
  finished: number;
  /** Trials in all. */
  total: number;
  /** The epoch after which it goes on; 0 for a start. */
  from: number;
  /** The best validation figures until then, over its trials; absent for a start. */
  best?: Omit<Metrics, "ce">;
}

/** The weights as they are, at the start, epoch 0, and after each epoch; told if `watchWeights` is set. */
export interface WeightsEvent extends Happening<"weights"> {
  /** The epoch that is done. */
  epoch: number;
  /** By trial of the group, its parameters, as `namedParameters` has them. */
  trials: Map<string, { shape: number[]; data: Float32Array<ArrayBuffer> }>[];
}

/** All trials of the group finished an epoch. */
export interface EpochEvent extends Happening<"epoch"> {
  /** The epoch's losses and times. */
  report: EpochReport;
  /** Epochs in all. */
  epochs: number;
  /** Training images of one trial's epoch. */
  images: number;
}

/** The signal came: the state is being saved, and that ends the training. */
export interface StopEvent extends Happening<"stop"> {
  /** The epoch that was begun. */
  epoch: number;
}

/** The run waits for another process. */
export interface WaitEvent extends Happening<"wait"> {
  /** Whom it waits for, and how long at most. */
  text: string;
}

/** Something that stops nothing, but that a person should know. */
export interface WarningEvent extends Happening<"warning"> {
  /** What it is, in a sentence. */
  text: string;
}

/** Some trials in a few words: "trial 3", "trials 0 … 9", "5 trials". */
export function nameTrials(trials: readonly { trial: number }[]): string {
  const { length } = trials, first = trials[0].trial, last = trials[length - 1].trial;
  if (length === 1) return `trial ${first}`;
  return last - first === length - 1 ? `trials ${first} … ${last}` : `${length} trials`;
}
