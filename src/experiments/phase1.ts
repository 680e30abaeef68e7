/**
 * Phase 1: train networks on many classes and keep their kernels, the data of the prior.
 *
 * @module
 */
import { fingerprint, readImageFolder } from "../data/folder.ts";
import { phaseFolder } from "../data/phase_folders.ts";
import {
  AUTHORS_CHANNELS,
  AUTHORS_FB_CHANNELS,
  measureChannels,
} from "../data/channel_statistics.ts";
import { classWeights, countLabels } from "../data/class_weights.ts";
import { stratifiedSplit, subset } from "../data/split.ts";
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { readJson, writeFile, writeJson, writeText } from "../io/files.ts";
import { withLock } from "../io/lock.ts";
import { createLayout } from "../nn/layout.ts";
import { buildNetwork } from "../nn/design.ts";
import { describeLayers } from "../nn/summary.ts";
import { mixSeed } from "../random.ts";
import { drawCurves } from "../report/draw_curves.ts";
import { drawImageSheet } from "../report/image_sheet.ts";
import * as files from "../runs/file_names.ts";
import { differences } from "../runs/config.ts";
import type { Run } from "../runs/run.ts";
import type { Phase1Summary } from "../runs/summaries.ts";
import type { RunTrial } from "../runs/trial.ts";
import { startStopwatch, type Stopwatch, type TimeSplit } from "../stopwatch.ts";
import { COPIES } from "../training/evaluate.ts";
import { type ImageBank, uploadImages } from "../training/examples.ts";
import { trialsAtOnce } from "../training/memory.ts";
import { previewAugmented } from "../training/preview.ts";
import { nameTrials, type TrainingEvent } from "./events.ts";
import { denseL2Of, lambdaOf } from "./penalty.ts";
import { readLearned } from "./test_trials.ts";
import { phase1Batch, SPLIT_SEED, TRIALS, VALIDATION_PART } from "./training_defaults.ts";
import {
  type GroupsOptions,
  type Progress,
  refuseDivergence,
  trainGroups,
} from "./train_groups.ts";
import {
  networkSettings,
  takeFolder,
  type TrainingOptions,
  withDefaults,
} from "./training_options.ts";

/** What phase 1 trains, and where it reads and writes. */
export interface Phase1Options extends TrainingOptions {
  /** Networks; default 1. */
  trials?: number;
  /** Number of the first trial; default 0. Parts of one experiment may be trained apart. */
  firstTrial?: number;
  /** Images a step; default min(32, ⌊training images / 5⌋). */
  batch?: number;
  /** Strength of L2 on the conv kernels, λ / 0.05; default 1. */
  alpha?: number;
  /** Put a trial into a folder of its own, trial000, trial001, …; default for more than one. */
  folders?: boolean;
}

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
  const watch = startStopwatch();
  const resolved = resolve(options);
  const plan = { ...resolved, ...await readClasses(gpu, resolved, watch, on) };
  using run = await openTrials(gpu, plan, on);
  return await gpu.scope(async (gpu) => {
    const bank = await watch.time("uploading", () => uploadImages(gpu, plan.images));
    await drawPreview(gpu, plan, bank);
    const write = (so: Progress) => writeSummary(gpu, plan, run, so, watch.split());
    const progress = await trainTrials(gpu, plan, bank, { run, watch, on, onSaved: write });
    const summary = await write(progress);
    refuseDivergence(progress);
    return summary;
  });
}

type Resolved = ReturnType<typeof resolve>;

/** The options with their defaults. @throws {RangeError} When a number is out of range. */
function resolve(options: Phase1Options) {
  const { trials = TRIALS.phase1, firstTrial = 0, alpha = 1, folders = trials > 1 } = options;
  const resolved = { ...withDefaults(options), trials, firstTrial, alpha, folders };
  for (const name of ["trials", "epochs", "firstTrial"] as const) {
    const least = name === "firstTrial" ? 0 : 1, value = resolved[name];
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`Cannot train phase 1: ${name} ${value} is no integer ≥ ${least}`);
    }
  }
  if (trials > 1 && !folders) {
    throw new RangeError(`Cannot train ${trials} trials into one folder: leave folders out`);
  }
  return resolved;
}

/** The options, the images and the network. */
type Plan = Resolved & Awaited<ReturnType<typeof readClasses>>;

/** Reads the images, splits them and lays out their network; tells about both. */
async function readClasses(
  gpu: Gpu,
  options: Resolved,
  watch: Stopwatch,
  on: (event: TrainingEvent) => void,
) {
  const { dataDir, resultsDir, seed, design, size, normalize, skipBad, followLinks } = options;
  const folder = await phaseFolder(dataDir, "phase1");
  const images = await watch.time(
    "reading",
    () => readImageFolder(folder, { size: [size, size], skipBad, followLinks }),
  );
  const { classes, ignored } = images;
  const network = buildNetwork(design, "phase1", classes.length, size);
  const layout = createLayout(network);
  const { train, valid } = stratifiedSplit(images.labels, VALIDATION_PART, SPLIT_SEED);
  if (valid.length === 0) {
    throw new Failure(
      "input",
      `Cannot hold out validation images: every class in ${folder} has only one`,
    );
  }
  const batch = options.batch ?? phase1Batch(train.length);
  const labels = [train, valid].map((part) => part.map((image) => images.labels[image]));
  const parts = (["training", "validation"] as const)
    .map((name, i) => ({ name, counts: countLabels(labels[i], classes.length) }));
  on({ kind: "data", folder, classes, parts, ignored });
  on({ kind: "network", layers: describeLayers(layout), seed, resultsDir });
  const atOnce = await trialsAtOnce(gpu, {
    network,
    images: images.labels.length,
    evaluated: COPIES * valid.length,
    training: { batch, examples: train.length },
    memory: options.memory,
  });
  const authors = options.augmentation.fb ? AUTHORS_FB_CHANNELS : AUTHORS_CHANNELS;
  const normalization = normalize === "data" ? measureChannels(subset(images, train)) : authors;
  const model = { network, classes, normalization };
  const weights = classWeights(labels[0], classes.length);
  return { images, train, valid, weights, layout, batch, atOnce, model };
}

/** Takes the result folder for the wanted trials. */
async function openTrials(gpu: Gpu, plan: Plan, on: (event: TrainingEvent) => void) {
  const { dataDir, resultsDir, epochs, trials, firstTrial, seed, batch, alpha } = plan;
  const { folders, images, model: { classes } } = plan, seen = networkSettings(plan, "phase1");
  const data = await fingerprint(images);
  return await takeFolder(gpu, plan, {
    task: "phase1",
    trials: Array.from({ length: trials }, (_, i) => ({
      folder: folders ? files.trialName(firstTrial + i) : ".",
      trial: firstTrial + i,
    })),
    settings: { seed, epochs, batch, alpha, ...seen, folders, classes, data },
    record: { dataDir, resultsDir, epochs, trials, firstTrial, seed, batch, alpha, ...seen },
  }, on);
}

/** Draws some training images as the networks will see them. */
async function drawPreview(
  gpu: Gpu,
  { resultsDir, model, train, augmentation }: Plan,
  bank: ImageBank,
): Promise<void> {
  const examples = { bank, indices: train };
  const images = await previewAugmented(gpu, model, examples, PREVIEWED, augmentation);
  const sheet = drawImageSheet(images);
  await withLock(resultsDir, () => writeFile(files.augmentedFile(resultsDir), sheet));
}

/** Trains what remains of the run. */
function trainTrials(
  gpu: Gpu,
  { seed, epochs, alpha, train, valid, weights, layout, batch, atOnce, model, ...plan }: Plan,
  bank: ImageBank,
  watched: Pick<GroupsOptions<RunTrial>, "run" | "watch" | "on" | "onSaved">,
): Promise<Progress> {
  const { network, normalization } = model, { augmentation, signal } = plan;
  const denseL2 = denseL2Of(layout, 0);
  const examples = { train: { bank, indices: train }, valid: { bank, indices: valid } };
  return trainGroups(gpu, {
    ...watched,
    watchWeights: plan.watchWeights,
    layout,
    atOnce,
    common: { network, normalization, augmentation, batch, epochs, signal, ...examples },
    nameOf: nameTrials,
    ofTrials: (part) => ({
      seeds: part.map(({ trial }) => mixSeed(seed, trial)),
      regularizer: { lambda: lambdaOf(alpha), denseL2 },
      classWeights: weights,
    }),
  });
}

/** Writes a summary of all that is finished: other parts, also those that train now, add to it. */
function writeSummary(
  gpu: Gpu,
  { resultsDir, epochs, seed, folders, batch, model }: Plan,
  run: Run<RunTrial>,
  { took, images, seconds }: Progress,
  time: TimeSplit,
): Promise<Phase1Summary> {
  return withLock(resultsDir, async () => {
    const file = files.summaryFile(resultsDir);
    const known = await readJson<Phase1Summary>(file).catch(() => null);
    const isSame = known?.settings && differences(known.settings, run.settings) === "";
    const earlier = isSame ? known : null;
    const spent = new Map(earlier?.trials.map(({ trial, seconds }) => [trial, seconds]));
    for (const [{ trial }, seconds] of took) spent.set(trial, seconds);
    const single = await files.isTrialFinished(resultsDir) ? run.trials : [];
    const finished = folders ? await files.listFinished(resultsDir) : single;
    const learned = await readLearned(resultsDir, finished, seed);
    const trials = learned.map(({ history, summary: { valid, ...trial } }) => ({
      ...trial,
      train: history.train[trial.bestEpoch - 1],
      valid,
      seconds: spent.get(trial.trial) ?? 0,
    }));
    const summary: Phase1Summary = {
      adapter: gpu.adapter.name,
      epochs,
      batch,
      seconds: trials.reduce((sum, { seconds }) => sum + seconds, 0),
      imagesPerSecond: seconds > 0 ? images / seconds : earlier?.imagesPerSecond ?? 0,
      time,
      trials,
      settings: run.settings,
      model,
    };
    if (trials.length > 0) {
      await writeJson(file, summary);
      const curves = await drawCurves(learned.map(({ history }) => history));
      await writeText(files.curvesFile(resultsDir), curves);
    }
    return summary;
  });
}
