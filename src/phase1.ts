/**
 * Phase 1: train networks on many classes and keep their kernels, the data of the prior.
 *
 * @module
 */
import { type ImageSet, readImageFolder } from "./data/folder.ts";
import { phaseFolder } from "./data/layout.ts";
import { AUTHORS_CHANNELS, measureChannels } from "./data/normalize.ts";
import { classWeights, stratifiedSplit, subset } from "./data/split.ts";
import type { Gpu } from "./gpu/device.ts";
import { evenTile } from "./gpu/shader.ts";
import { withLock, writeJson } from "./io/files.ts";
import { checkDataset, claimDataset } from "./io/kernel_dataset.ts";
import { checkFolder, claimFolder, listTrials, summaryFile, trialFolder } from "./io/run_folder.ts";
import { writeTrial } from "./io/trial.ts";
import { phase1Network } from "./nn/cnn.ts";
import { createLayout, namedParameters } from "./nn/layout.ts";
import { mixSeed } from "./random.ts";
import { startStopwatch, type TimeSplit } from "./stopwatch.ts";
import { uploadImages } from "./training/examples.ts";
import { trialsAtOnce } from "./training/memory.ts";
import type { Metrics } from "./training/metrics.ts";
import { type EpochReport, train, type TrainedTrial } from "./training/train.ts";

/** What phase 1 trains, and where it reads and writes. */
export interface Phase1Options {
  /** The folder that holds phase1/ with a sub-folder a class, or that folder itself. */
  dataDir: string;
  /** Where the trials go. */
  resultsDir: string;
  /** Passes over the training images; default 300. */
  epochs?: number;
  /** Networks; default 1. */
  trials?: number;
  /** Number of the first trial; default 0. Parts of one experiment may be trained apart. */
  firstTrial?: number;
  /** The experiment: with the trial's number it decides all of a trial's chance; default 0. */
  seed?: number;
  /** Images a step; default min(32, ⌊training images / 5⌋). */
  batch?: number;
  /** λ = 0.05·α on the conv kernels; default 1. */
  alpha?: number;
  /** Side of the square images in pixels; default 200. */
  size?: number;
  /** z-score by the authors' channel means or by those of the training images; default "authors". */
  normalize?: "authors" | "data";
  /** Put a trial into a folder of its own, trial000, trial001, …; default for more than one. */
  folders?: boolean;
  /** Replace results of an earlier run, once the new ones are there; default false. */
  overwrite?: boolean;
  /** Looked at before every epoch: stops the training by throwing its reason. */
  signal?: AbortSignal;
}

/** What phase 1 tells while it works. */
export type Phase1Event =
  | { kind: "data"; folder: string; classes: string[]; train: number; valid: number }
  | { kind: "trials"; first: number; count: number; trials: number; parameterCount: number }
  | { kind: "epoch"; first: number; report: EpochReport };

/** One trial in summary.json; the metrics are those of the best epoch. */
export interface TrialSummary {
  /** Its number in the experiment. */
  trial: number;
  /** What decided its chance: a mix of the experiment's seed and its number. */
  seed: number;
  /** The epoch with the lowest validation loss, from 1. */
  bestEpoch: number;
  /** Over the training images, as they were augmented and with dropout, during that epoch. */
  train: Metrics;
  /** Over the augmented copies of the validation images, after that epoch. */
  valid: Metrics;
}

/** summary.json of phase 1. */
export interface Phase1Summary {
  /** The adapter's name. */
  adapter: string;
  /** Passes over the training images. */
  epochs: number;
  /** Images a step. */
  batch: number;
  /** Spent on the trials, validation and shader compilation included, summed over the parts. */
  seconds: number;
  /** Training images per second of the last part's steps, augmentation included, validation not. */
  imagesPerSecond: number;
  /** Of the last part alone: seconds by what they were spent on, from the first image on. */
  time: TimeSplit;
  /** By number. */
  trials: TrialSummary[];
  /** What must agree before trials count as one experiment. */
  settings: Record<string, unknown>;
}

/** The same in every experiment: what is held out does not depend on the network's seed. */
const SPLIT_SEED = 0;

/**
 * Trains the trials, as many side by side as the adapter holds, and writes each group's weights and
 * curves, and a summary, as soon as it is trained.
 *
 * @throws {RangeError} When a number is out of range.
 * @throws {Error} When the data cannot be read, the results folder is taken, or training fails.
 */
export async function phase1(
  gpu: Gpu,
  options: Phase1Options,
  on: (event: Phase1Event) => void = () => {},
): Promise<Phase1Summary> {
  const { resultsDir, epochs = 300, trials = 1, firstTrial = 0, seed = 0, alpha = 1 } = options;
  const { size = 200, normalize = "authors", overwrite = false, signal } = options;
  const folders = options.folders ?? trials > 1;
  const watch = startStopwatch();
  const counts = [["trials", trials, 1], ["epochs", epochs, 1], [
    "firstTrial",
    firstTrial,
    0,
  ]] as const;
  for (const [name, value, least] of counts) {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`Cannot train phase 1: ${name} ${value} is no integer ≥ ${least}`);
    }
  }
  if (trials > 1 && !folders) {
    throw new RangeError(`Cannot train ${trials} trials into one folder: leave folders out`);
  }

  const folder = await phaseFolder(options.dataDir, "phase1");
  const images = await watch.time("reading", () => readImageFolder(folder, { size: [size, size] }));
  const { classes } = images;
  const network = phase1Network(classes.length, [size, size]);
  const layout = createLayout(network);
  const split = stratifiedSplit(images.labels, 0.2, SPLIT_SEED);
  if (split.valid.length === 0) {
    throw new Error(`Cannot hold out validation images: every class in ${folder} has only one`);
  }
  const batch = options.batch ?? Math.max(1, Math.min(32, Math.floor(split.train.length / 5)));
  on({
    ...{ kind: "data", folder, classes },
    ...{ train: split.train.length, valid: split.valid.length },
  });

  const data = await fingerprint(images);
  const settings = { seed, epochs, batch, alpha, size, normalize, folders, classes, data };
  const all = Array.from({ length: trials }, (_, i) => firstTrial + i);
  if (folders) {
    await checkDataset(resultsDir, { numbers: all, settings, overwrite });
  } else {
    const [trial] = await listTrials(resultsDir).catch(() => []);
    if (trial !== undefined) {
      throw new Error(
        `Cannot write a single network into ${resultsDir}: it holds a data set (${trial}); ` +
          `choose another folder`,
      );
    }
    await checkFolder(resultsDir, { overwrite });
  }

  return await gpu.scope(async (gpu) => {
    const bank = await watch.time("uploading", () => uploadImages(gpu, images));
    const normalization = normalize === "data"
      ? measureChannels(subset(images, split.train))
      : AUTHORS_CHANNELS;
    const labels = split.train.map((image) => images.labels[image]);
    const group = evenTile(trials, trialsAtOnce(gpu, network, batch));
    let summary: Phase1Summary | undefined;
    let [trainedImages, trainSeconds] = [0, 0];
    for (let first = 0; first < trials; first += group) {
      const start = performance.now();
      const numbers = all.slice(first, first + group);
      const { parameterCount } = layout;
      on({ kind: "trials", first: numbers[0], count: numbers.length, trials, parameterCount });
      const trained = await train(gpu, {
        ...{ network, normalization, batch, epochs, signal },
        seeds: numbers.map((trial) => mixSeed(seed, trial)),
        train: { bank, indices: split.train },
        valid: { bank, indices: split.valid },
        regularizer: { lambda: 0.05 * alpha, denseL2: [0.01, 0] },
        classWeights: classWeights(labels, classes.length),
      }, (report) => {
        trainSeconds += report.seconds.train;
        watch.addEpoch(report.seconds);
        on({ kind: "epoch", first: numbers[0], report });
      });

      trainedImages += numbers.length * epochs * split.train.length;
      const part = { numbers, settings, overwrite };
      summary = await withLock(resultsDir, async () => {
        const earlier = folders
          ? await claimDataset<Phase1Summary>(resultsDir, part)
          : await claimFolder(resultsDir, { overwrite });
        await watch.time("saving", async () => {
          for (const [i, { history, parameters }] of trained.entries()) {
            const dir = folders ? trialFolder(resultsDir, numbers[i]) : resultsDir;
            await writeTrial(dir, history, namedParameters(layout, parameters));
          }
        });
        const merged: Phase1Summary = {
          adapter: gpu.adapter.name,
          ...{ epochs, batch },
          seconds: (earlier?.seconds ?? 0) + (performance.now() - start) / 1000,
          imagesPerSecond: trainedImages / trainSeconds,
          time: watch.split(),
          trials: [
            ...(earlier?.trials ?? []),
            ...trained.map((trial, i) => summarize(numbers[i], trial)),
          ].sort((a, b) => a.trial - b.trial),
          settings,
        };
        await writeJson(summaryFile(resultsDir), merged);
        return merged;
      });
    }
    return summary!;
  });
}

/** Tells sets of images apart: SHA-256 of pixels and labels, in hexadecimal. */
async function fingerprint({ pixels, labels }: ImageSet): Promise<string> {
  const parts = [pixels, new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength)];
  const hashes = await Promise.all(parts.map((part) => crypto.subtle.digest("SHA-256", part)));
  return hashes.map((hash) => new Uint8Array(hash).toHex()).join("");
}

function summarize(number: number, { seed, bestEpoch, history }: TrainedTrial): TrialSummary {
  const [train, valid] = [history.train[bestEpoch - 1], history.valid[bestEpoch - 1]];
  return { trial: number, seed, bestEpoch, train, valid };
}
