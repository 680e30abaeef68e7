/**
 * The options that every experiment has which trains networks, and the folder that it takes for them.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import type { RunPlan } from "../runs/claim_trials.ts";
import type { Settings } from "../runs/config.ts";
import { openRun, type Run } from "../runs/run.ts";
import type { RunTrial } from "../runs/trial.ts";
import type { TrainingEvent } from "./events.ts";

/** How an experiment trains, and where it reads and writes. */
export interface TrainingOptions {
  /** The folder that holds the images, phase1/ or phase2/{train,valid,test}, or that folder itself. */
  dataDir: string;
  /** Where weights, curves and summary.json go. */
  resultsDir: string;
  /** Passes over the training images; default 300. */
  epochs?: number;
  /** The experiment: with a trial's number it decides all of the trial's chance; default 0. */
  seed?: number;
  /** Side of the square images in pixels; default 200. */
  size?: number;
  /** z-score by the authors' channel means or by those of the training images; default "authors". */
  normalize?: "authors" | "data";
  /**
   * Show each image, each time, in two random colours, foreground and background (SPEC §2); default
   * false. The means are then the authors' for that: "data" is refused.
   */
  fb?: boolean;
  /** Go on without the images that cannot be read; default false: they are an error. */
  skipBad?: boolean;
  /** Read class folders and pictures that are symbolic links; default false: they are an error. */
  followLinks?: boolean;
  /** GPU memory that training may take, in GiB; default: see `trialsAtOnce`. */
  memory?: number;
  /** Replace results of an earlier run, once the new ones are there; default false. */
  overwrite?: boolean;
  /** Keep the finished trials of an earlier run of the same settings; default false. */
  resume?: boolean;
  /** Seconds to wait for trials that another process trains; default 0: an error at once. */
  wait?: number;
  /** The command line, for config.json. */
  command?: string;
  /** Looked at ten times a second or so: stops the training by throwing its reason. */
  signal?: AbortSignal;
}

/** The options with their defaults. @throws {Failure} "usage" when they exclude each other. */
export function withDefaults<O extends TrainingOptions>(options: O) {
  const { epochs = 300, seed = 0, size = 200, normalize = "authors", fb = false } = options;
  if (fb && normalize === "data") {
    throw new Failure(
      "usage",
      "Cannot z-score by the training images with --fb: they are shown in other colours than their " +
        "own; leave --normalize=data out",
    );
  }
  return { ...options, epochs, seed, size, normalize, fb };
}

/**
 * Takes the result folder.
 *
 * @param record All options, for config.json.
 * @param on Told whom is waited for.
 * @throws As {@linkcode openRun}.
 */
export function takeFolder<T extends RunTrial>(
  gpu: Gpu,
  { resultsDir, seed = 0, overwrite = false, resume = false, wait, command }: TrainingOptions,
  { record, ...plan }: Pick<RunPlan<T>, "task" | "trials" | "keys" | "settings"> & {
    record: Settings;
  },
  on: (event: TrainingEvent) => void,
): Promise<Run<T>> {
  const made = { command: command ?? null, seed, adapter: gpu.adapter, options: record };
  const tell = (text: string) => on({ kind: "wait", text });
  return openRun(resultsDir, { ...plan, made, overwrite, resume, wait, tell });
}
