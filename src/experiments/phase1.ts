/**
 * Phase 1: train networks on many classes and keep their kernels, the data of the prior.
 *
 * @module
 */
import { fingerprint, readImageFolder } from "../data/folder.ts";
import { phaseFolder } from "../data/layout.ts";
import { AUTHORS_CHANNELS, measureChannels } from "../data/normalize.ts";
import { classWeights, countLabels, stratifiedSplit, subset } from "../data/split.ts";
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { readJson, withLock, writeFile, writeJson, writeText } from "../io/files.ts";
import { createLayout } from "../nn/layout.ts";
import type { Model } from "../nn/model.ts";
import { phase1Network } from "../nn/paper_network.ts";
import { describeLayers } from "../nn/summary.ts";
import { mixSeed } from "../random.ts";
import { drawCurves } from "../report/curves.ts";
import { drawImageSheet } from "../report/image_sheet.ts";
import type { Settings } from "../runs/config.ts";
import {
  augmentedFile,
  curvesFile,
  summaryFile,
  trialName,
  trialNumber,
} from "../runs/file_names.ts";
import { closeAfter, openRun } from "../runs/run.ts";
import { readHistories } from "../runs/trial.ts";
import { startStopwatch, type TimeSplit } from "../stopwatch.ts";
import { COPIES } from "../training/evaluate.ts";
import { uploadImages } from "../training/examples.ts";
import { trialsAtOnce } from "../training/memory.ts";
import { bestEpoch, type Metrics } from "../training/metrics.ts";
import { previewAugmented } from "../training/preview.ts";
import { nameTrials, type TrainingEvent } from "./events.ts";
import { type Progress, refuseDivergence, trainGroups } from "./train_groups.ts";

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
  /** Go on without the images that cannot be read; default false: they are an error. */
  skipBad?: boolean;
  /** Read class folders and pictures that are symbolic links; default false: they are an error. */
  followLinks?: boolean;
  /** GPU memory that training may take, in GiB; default: see `trialsAtOnce`. */
  memory?: number;
  /** Put a trial into a folder of its own, trial000, trial001, …; default for more than one. */
  folders?: boolean;
  /** Replace results of an earlier run, once the new ones are there; default false. */
  overwrite?: boolean;
  /** Keep the finished trials of an earlier run of the same settings; default false. */
  resume?: boolean;
  /** The command line, for config.json. */
  command?: string;
  /** Looked at ten times a second or so: stops the training by throwing its reason. */
  signal?: AbortSignal;
}

/** One trial in summary.json; the metrics are those of the best epoch. */
export interface TrialSummary {
  /** Its folder in the result folder; "." for a single network. */
  folder: string;
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
  /** Its share of the time of the trials that trained side by side, interrupted parts included. */
  seconds: number;
}

/** summary.json of phase 1. */
export interface Phase1Summary {
  /** The adapter's name. */
  adapter: string;
  /** Passes over the training images. */
  epochs: number;
  /** Images a step. */
  batch: number;
  /** Spent on the trials, validation and shader compilation included; the sum of theirs. */
  seconds: number;
  /** Training images per second of the last part's steps, augmentation included, validation not. */
  imagesPerSecond: number;
  /** Of the last part alone: seconds by what they were spent on, from the first image on. */
  time: TimeSplit;
  /** By number: all finished ones of the folder. */
  trials: TrialSummary[];
  /** What must agree before trials count as one experiment. */
  settings: Settings;
  /** What turns a trial's weights into a classifier. */
  model: Model;
}

/** The same in every experiment: what is held out does not depend on the network's seed. */
const SPLIT_SEED = 0;
/** Augmented training images that are shown. */
const PREVIEWED = 32;

/**
 * Trains the trials, as many side by side as the adapter holds, and writes each group's weights and
 * curves, and a summary, as soon as it is trained; metrics.csv and event files as it goes.
 *
 * @throws {RangeError} When a number is out of range.
 * @throws {Error} When the data cannot be read, not even one trial fits on the adapter, the results
 *   folder is taken, or training fails.
 */
export async function phase1(
  gpu: Gpu,
  options: Phase1Options,
  on: (event: TrainingEvent) => void = () => {},
): Promise<Phase1Summary> {
  const { dataDir, resultsDir, epochs = 300, trials = 1, firstTrial = 0, seed = 0, alpha = 1 } =
    options;
  const { size = 200, normalize = "authors", overwrite = false, resume = false, signal } = options;
  const folders = options.folders ?? trials > 1;
  const watch = startStopwatch();
  for (const [name, value] of Object.entries({ trials, epochs, firstTrial })) {
    const least = name === "firstTrial" ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`Cannot train phase 1: ${name} ${value} is no integer ≥ ${least}`);
    }
  }
  if (trials > 1 && !folders) {
    throw new RangeError(`Cannot train ${trials} trials into one folder: leave folders out`);
  }

  const folder = await phaseFolder(dataDir, "phase1");
  const { skipBad, followLinks } = options;
  const images = await watch.time(
    "reading",
    () => readImageFolder(folder, { size: [size, size], skipBad, followLinks }),
  );
  const { classes, ignored } = images;
  const network = phase1Network(classes.length, [size, size]);
  const layout = createLayout(network);
  const split = stratifiedSplit(images.labels, 0.2, SPLIT_SEED);
  if (split.valid.length === 0) {
    throw new Failure(
      "input",
      `Cannot hold out validation images: every class in ${folder} has only one`,
    );
  }
  const batch = options.batch ?? Math.max(1, Math.min(32, Math.floor(split.train.length / 5)));
  const labelsOf = (indices: number[]) => indices.map((image) => images.labels[image]);
  const counts = (indices: number[]) => countLabels(labelsOf(indices), classes.length);
  on({
    ...{ kind: "data", folder, classes, ignored },
    parts: [
      { name: "training", counts: counts(split.train) },
      { name: "validation", counts: counts(split.valid) },
    ],
  });
  on({ kind: "network", layers: describeLayers(layout), seed, resultsDir });

  const atOnce = await trialsAtOnce(gpu, {
    network,
    images: images.labels.length,
    evaluated: COPIES * split.valid.length,
    training: { batch, examples: split.train.length },
    memory: options.memory,
  });
  const normalization = normalize === "data"
    ? measureChannels(subset(images, split.train))
    : AUTHORS_CHANNELS;
  const model: Model = { network, classes, normalization };
  const data = await fingerprint(images);
  const settings = { seed, epochs, batch, alpha, size, normalize, folders, classes, data };
  const { command = null } = options;
  const all = Array.from({ length: trials }, (_, i) => ({
    folder: folders ? trialName(firstTrial + i) : ".",
    keys: { trial: firstTrial + i },
  }));
  const run = await openRun(resultsDir, {
    ...{ task: "phase1", trials: all, settings, overwrite, resume },
    made: {
      ...{ command, seed, adapter: gpu.adapter },
      options: {
        ...{ dataDir, resultsDir, epochs, trials, firstTrial, seed, batch, alpha, size, normalize },
      },
    },
  });

  return await closeAfter(run, () =>
    gpu.scope(async (gpu) => {
      const bank = await watch.time("uploading", () => uploadImages(gpu, images));
      const examples = { bank, indices: split.train };
      const preview = drawImageSheet(await previewAugmented(gpu, model, examples, PREVIEWED));
      await withLock(resultsDir, () => writeFile(augmentedFile(resultsDir), preview));

      /** Of all that is finished: other parts, also those that train now, add to it. */
      const summarize = ({ took, images, seconds }: Progress) =>
        withLock(resultsDir, async () => {
          const file = summaryFile(resultsDir);
          const known = await readJson<Phase1Summary>(file).catch(() => null);
          const isSame = JSON.stringify(known?.settings) === JSON.stringify(run.settings);
          const earlier = isSame ? known : null;
          const histories = await readHistories(resultsDir, folders);
          const trials = histories.map(({ folder, history }) => {
            const trial = folder === "." ? firstTrial : trialNumber(folder);
            const best = bestEpoch(history.valid);
            const [train, valid] = [history.train[best - 1], history.valid[best - 1]];
            const before = earlier?.trials.find((it) => it.folder === folder)?.seconds ?? 0;
            return {
              ...{ folder, trial, seed: mixSeed(seed, trial), bestEpoch: best, train, valid },
              seconds: took.get(folder) ?? before,
            };
          });
          const summary: Phase1Summary = {
            ...{ adapter: gpu.adapter.name, epochs, batch },
            seconds: trials.reduce((sum, { seconds }) => sum + seconds, 0),
            imagesPerSecond: seconds > 0 ? images / seconds : earlier?.imagesPerSecond ?? 0,
            ...{ time: watch.split(), trials, settings: run.settings, model },
          };
          if (trials.length > 0) {
            await writeJson(file, summary);
            const curves = await drawCurves(histories.map(({ history }) => history));
            await writeText(curvesFile(resultsDir), curves);
          }
          return summary;
        });

      const progress = await trainGroups(gpu, {
        ...{ run, trials: all, layout, atOnce, watch, on, onSaved: summarize },
        common: {
          ...{ network, normalization, batch, epochs, signal },
          ...{ train: examples, valid: { bank, indices: split.valid } },
        },
        nameOf: (part) => nameTrials(part.map(({ keys }) => keys.trial)),
        ofTrials: (part) => ({
          seeds: part.map(({ keys }) => mixSeed(seed, keys.trial)),
          regularizer: { lambda: 0.05 * alpha, denseL2: [0.01, 0] },
          classWeights: classWeights(labelsOf(split.train), classes.length),
        }),
      });
      const summary = await summarize(progress);
      refuseDivergence(progress);
      return summary;
    }));
}
