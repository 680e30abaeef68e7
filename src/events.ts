/**
 * What an experiment tells while it works; whoever shows it decides how.
 *
 * @module
 */
import type { IgnoredFile } from "./data/folder.ts";
import type { EpochReport } from "./training/train.ts";

/** What phase 1, phase 2 and the grid tell, in this order; groups and their epochs repeat. */
export type TrainingEvent = DataEvent | NetworkEvent | GroupEvent | EpochEvent;

/** The images are read. */
export interface DataEvent {
  kind: "data";
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
export interface NetworkEvent {
  kind: "network";
  /** From the image on; with what a summary of a network shows. */
  layers: {
    /** Keras' name: conv2d_1, dense_1, … */
    name: string;
    /** What it computes, e.g. "5×5 stride 2, ReLU, max-pool 3×3 stride 3". */
    what: string;
    /** [H, W, C] or [UNITS] of its output. */
    output: number[];
    /** Weights and biases. */
    parameters: number;
  }[];
  /** The experiment's seed. */
  seed: number;
  /** Where results go. */
  resultsDir: string;
}

/** Trials that train side by side are about to start. */
export interface GroupEvent {
  kind: "group";
  /** Which, in a few words: "trials 0 … 9", "l2, 24 of 48 trials". */
  what: string;
  /** Trials in this group. */
  trials: number;
  /** Trials that are finished, of earlier groups and, with `resume`, of an earlier run. */
  finished: number;
  /** Trials in all. */
  total: number;
}

/** All trials of the group finished an epoch. */
export interface EpochEvent {
  kind: "epoch";
  /** The epoch's losses and times. */
  report: EpochReport;
  /** Epochs in all. */
  epochs: number;
  /** Training images of one trial's epoch. */
  images: number;
}
