/**
 * The options that every experiment has which trains networks, and the folder that it takes for them.
 *
 * @module
 */
import { type Augmentation, defaultAugmentation } from "../data/augment.ts";
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { headOf, type NetworkDesign, type Phase } from "../nn/design.ts";
import { PAPER } from "../nn/paper_network.ts";
import type { RunPlan } from "../runs/claim_trials.ts";
import type { Settings } from "../runs/config.ts";
import { openRun, type Run } from "../runs/run.ts";
import type { RunTrial } from "../runs/trial.ts";
import type { TrainingEvent } from "./events.ts";
import { EPOCHS } from "./training_defaults.ts";

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
  /** The network; default the paper's. */
  network?: NetworkDesign;
  /** Side of the square images in pixels; default the network's, 200 of the paper's. */
  size?: number;
  /** Degrees by which images are rotated at most, either way, 0 … 180; default 30. */
  rotate?: number;
  /** Whole pixels by which they are shifted at most; default the authors' 19 at 200, as the side is. */
  shift?: number;
  /** Whether half of them are mirrored; default true. */
  flip?: boolean;
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
  /** Tell the weights at the start and after each epoch, for pictures; default false. */
  watchWeights?: boolean;
  /** The command line, for config.json. */
  command?: string;
  /** Looked at ten times a second or so: stops the training by throwing its reason. */
  signal?: AbortSignal;
}

/** The options with their defaults. @throws {Failure} "usage" when they are out of range or exclude each other. */
export function withDefaults<O extends TrainingOptions>(options: O) {
  const { epochs = EPOCHS, seed = 0, network: design = PAPER, normalize = "authors" } = options;
  const { size = design.input } = options, augmentation = augmentationOf(options, size);
  if (augmentation.fb && normalize === "data") {
    throw new Failure(
      "usage",
      "Cannot z-score by the training images with --fb: they are shown in other colours than their " +
        "own; leave --normalize=data out",
    );
  }
  return { ...options, epochs, seed, design, size, normalize, augmentation };
}

function augmentationOf(options: TrainingOptions, size: number): Augmentation {
  const usual = defaultAugmentation(size);
  const { rotate = usual.rotate, shift = usual.shift, flip = usual.flip, fb = usual.fb } = options;
  if (!(rotate >= 0 && rotate <= 180)) {
    throw new Failure("usage", `Cannot rotate images by up to ${rotate}°: give 0 to 180`);
  }
  if (!(Number.isInteger(shift) && shift >= 0 && shift <= size)) {
    throw new Failure(
      "usage",
      `Cannot shift images by up to ${shift} pixels: give a whole number from 0 to their side, ${size}`,
    );
  }
  return { rotate, shift, flip, fb };
}

/** The settings that say what a phase's networks are and see; their classes are another. */
export function networkSettings(
  { design, size, normalize, augmentation }: Pick<
    ReturnType<typeof withDefaults>,
    "design" | "size" | "normalize" | "augmentation"
  >,
  phase: Phase,
) {
  const [own, paper] = [design, PAPER].map((of) => ({ blocks: of.blocks, ...headOf(of, phase) }));
  const network = JSON.stringify(own) === JSON.stringify(paper) ? "paper" : own;
  return { network, size, normalize, ...augmentation };
}

/** What a result folder is to hold. */
export type FolderPlan<T extends RunTrial> =
  & Pick<RunPlan<T>, "task" | "trials" | "keys" | "settings">
  & { /** All options, for config.json. */ record: Settings };

/**
 * Takes the result folder.
 *
 * @param on Told whom is waited for.
 * @throws As {@linkcode openRun}.
 */
export function takeFolder<T extends RunTrial>(
  gpu: Gpu,
  { resultsDir, seed = 0, overwrite = false, resume = false, wait, command }: TrainingOptions,
  { record, ...plan }: FolderPlan<T>,
  on: (event: TrainingEvent) => void,
): Promise<Run<T>> {
  const made = { command: command ?? null, seed, adapter: gpu.adapter, options: record };
  const tell = (text: string) => on({ kind: "wait", text });
  return openRun(resultsDir, { ...plan, made, overwrite, resume, wait, tell });
}
