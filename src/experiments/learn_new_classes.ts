/**
 * What phase 2 and the grid share: the images of the new classes, the prior, and trials that learn
 * them with a penalty each.
 *
 * @module
 */
import { fingerprint, type ImageFolderOptions, readImageFolder } from "../data/folder.ts";
import { type Part, PARTS, phaseFolder } from "../data/phase_folders.ts";
import {
  AUTHORS_CHANNELS,
  AUTHORS_FB_CHANNELS,
  measureChannels,
} from "../data/channel_statistics.ts";
import { countLabels } from "../data/class_weights.ts";
import type { Gpu } from "../gpu/device.ts";
import { buildNetwork } from "../nn/design.ts";
import { createLayout } from "../nn/layout.ts";
import type { Model } from "../nn/model.ts";
import { describeLayers } from "../nn/summary.ts";
import { mixSeed } from "../random.ts";
import type { Mode } from "../runs/file_names.ts";
import type { Run } from "../runs/run.ts";
import type { NewClassesSummary } from "../runs/summaries.ts";
import type { RunTrial } from "../runs/trial.ts";
import { startStopwatch, type Stopwatch } from "../stopwatch.ts";
import { COPIES } from "../training/evaluate.ts";
import { type ImageBank, uploadImages } from "../training/examples.ts";
import { trialsAtOnce } from "../training/memory.ts";
import { nameTrials, type TrainingEvent } from "./events.ts";
import { denseL2Of, lambdaOf, lastL2Of } from "./penalty.ts";
import { type GroupsOptions, refuseDivergence, trainGroups } from "./train_groups.ts";
import { NEW_CLASSES_BATCH } from "./training_defaults.ts";
import {
  type FolderPlan,
  networkSettings,
  takeFolder,
  type TrainingOptions,
  withDefaults,
} from "./training_options.ts";
import { type PriorOptions, readPrior } from "./use_prior.ts";

/** What phase 2 and the grid have in common. */
export interface NewClassesOptions extends TrainingOptions, PriorOptions {
  /** Networks for each penalty and strength; default 1 in phase 2, 10 in the grid. */
  trials?: number;
  /** Number of the first trial; default 0. Parts of one experiment may be trained apart. */
  firstTrial?: number;
  /** Images a step; default 8. */
  batch?: number;
  /** λ of the last dense layer; default 0 for L2 and 0.01 for SK, as the authors had it (SPEC §4). */
  denseL2?: number;
}

/** One trial to train, which has the same order, transforms and dense weights in both modes. */
export type NewTrial = Required<RunTrial>;

/** The images of the new classes, their network, and the prior where it is used. */
export type NewClasses = Awaited<ReturnType<typeof readNewClasses>>;

/** What config.json says of the options that phase 2 and the grid share, defaults filled in. */
export function newClassesDefaults(options: NewClassesOptions) {
  const all = withDefaults(options), { dataDir, resultsDir, epochs, seed } = all;
  const { covDir, priorFor, batch = NEW_CLASSES_BATCH, denseL2 } = options;
  const seen = networkSettings(all, "phase2");
  return { dataDir, resultsDir, covDir, priorFor, epochs, seed, batch, ...seen, denseL2 };
}

/** A run whose trials have learned the new classes, while its images are on the GPU. */
export interface TaughtRun {
  /** Where the images are. */
  gpu: Gpu;
  /** The images and the network. */
  data: NewClasses;
  /** The run. */
  run: Run<NewTrial>;
  /** Each part's images. */
  banks: Record<Part, ImageBank>;
  /** Where the time went. */
  watch: Stopwatch;
}

/**
 * Reads the images, takes the result folder, and trains the run's remaining trials.
 *
 * @param plan What the folder is to hold, of these images.
 * @param use What is made of the trials.
 * @throws {Failure} "input" when the images cannot be used; "gpu" when not even one trial fits on the
 *   adapter; "diverged" when a trial's numbers are no longer finite, and the others are saved.
 */
export async function learnNewClasses<T>(
  gpu: Gpu,
  options: NewClassesOptions,
  modes: readonly Mode[],
  on: (event: TrainingEvent) => void,
  plan: (data: NewClasses) => FolderPlan<NewTrial>,
  use: (taught: TaughtRun) => T | Promise<T>,
): Promise<T> {
  const watch = startStopwatch();
  const data = await readNewClasses(gpu, options, modes, watch, on);
  using run = await takeFolder(gpu, options, plan(data), on);
  return await gpu.scope(async (gpu) => {
    const banks = await watch.time("uploading", () => uploadParts(gpu, data));
    await trainNewClasses(gpu, data, banks, options, { run, watch, on });
    return await use({ gpu, data, run, banks, watch });
  });
}

/** What summary.json says of any training of new classes. */
export function summarizeRun(
  { gpu, data, run, watch }: TaughtRun,
): Omit<NewClassesSummary, "epochs" | "batch"> {
  const time = watch.split();
  return {
    adapter: gpu.adapter.name,
    seconds: Object.values(time).reduce((sum, seconds) => sum + seconds, 0),
    time,
    settings: run.settings,
    model: data.model,
    ...data.prior && { prior: data.prior.used },
    warnings: data.warnings,
  };
}

/**
 * Reads the images and, for "sk", the prior; tells about them.
 *
 * @throws {Failure} "input" when they cannot be used; "gpu" when not even one trial fits on the adapter.
 */
async function readNewClasses(
  gpu: Gpu,
  options: NewClassesOptions,
  modes: readonly Mode[],
  watch: Stopwatch,
  on: (event: TrainingEvent) => void,
) {
  const { skipBad, followLinks, memory } = options;
  const all = withDefaults(options), { design, size, normalize, augmentation } = all;
  const { dataDir, resultsDir, epochs, seed, batch } = newClassesDefaults(options);
  const folder = await phaseFolder(dataDir, "phase2");
  const sets = await watch.time(
    "reading",
    () => readParts(folder, { size: [size, size], skipBad, followLinks }),
  );
  const { classes } = sets.train;
  const network = buildNetwork(design, "phase2", classes.length, size);
  const layout = createLayout(network);
  const names = { train: "training", valid: "validation", test: "test" } as const;
  const parts = PARTS.map((part) => ({
    name: names[part],
    counts: countLabels(sets[part].labels, classes.length),
  }));
  const ignored = PARTS.flatMap((part) => sets[part].ignored);
  on({ kind: "data", folder, classes, parts, ignored });
  on({ kind: "network", layers: describeLayers(layout), seed, resultsDir });
  const [train, valid, test] = PARTS.map((part) => sets[part].labels.length);
  const atOnce = await trialsAtOnce(gpu, {
    network,
    images: train + valid + test,
    evaluated: COPIES * valid,
    training: { batch, examples: train },
    memory,
  });
  const prior = modes.includes("sk") ? await readPrior(layout, options) : undefined;
  if (prior) on({ kind: "prior", ...prior.used });
  const warnings = prior?.doubts ?? [];
  for (const text of warnings) on({ kind: "warning", text });
  const authors = augmentation.fb ? AUTHORS_FB_CHANNELS : AUTHORS_CHANNELS;
  const normalization = normalize === "data" ? measureChannels(sets.train) : authors;
  const data = (await Promise.all(PARTS.map((part) => fingerprint(sets[part])))).join("");
  const seen = networkSettings(all, "phase2");
  const shared = { seed, epochs, batch, ...seen, classes, data };
  const settings = prior ? { ...shared, prior: prior.hash } : shared; // what is left out may be any
  const model: Model = { network, classes, normalization };
  return { sets, layout, atOnce, prior, warnings, model, augmentation, settings };
}

/** @throws {RangeError} Where it is no trial's number. */
export function checkFirstTrial(firstTrial: number): void {
  if (Number.isSafeInteger(firstTrial) && firstTrial >= 0) return;
  throw new RangeError(`Cannot train: firstTrial ${firstTrial} is no integer ≥ 0`);
}

/** Uploads each part's images. */
function uploadParts(gpu: Gpu, { sets }: NewClasses): Record<Part, ImageBank> {
  const [train, valid, test] = PARTS.map((part) => uploadImages(gpu, sets[part]));
  return { train, valid, test };
}

/** Trains the run's remaining trials, those of a mode in the same dispatches. */
async function trainNewClasses(
  gpu: Gpu,
  { model, layout, atOnce, prior, augmentation }: NewClasses,
  banks: Record<Part, ImageBank>,
  options: NewClassesOptions,
  watched: Pick<GroupsOptions<NewTrial>, "run" | "watch" | "on">,
): Promise<void> {
  const { epochs, seed, batch, denseL2 } = newClassesDefaults(options);
  const { network, normalization } = model;
  const { signal } = options, [train, valid] = [{ bank: banks.train }, { bank: banks.valid }];
  const progress = await trainGroups(gpu, {
    ...watched,
    watchWeights: options.watchWeights,
    layout,
    atOnce,
    common: { network, normalization, augmentation, batch, epochs, signal, train, valid },
    kindOf: ({ mode }) => mode,
    nameOf(part) {
      const [{ mode, alpha }] = part;
      const alphas = new Set(part.map(({ alpha }) => alpha));
      return alphas.size === 1
        ? `${nameTrials(part)}, ${mode}, α ${alpha}`
        : `${part.length} trials, ${mode}, ${alphas.size} values of α`;
    },
    ofTrials(part) {
      const [{ mode }] = part;
      return {
        seeds: part.map(({ trial }) => mixSeed(seed, trial)),
        regularizer: {
          lambda: part.map(({ alpha }) => lambdaOf(alpha)),
          precisions: mode === "sk" ? prior?.precisions : undefined,
          denseL2: denseL2Of(layout, denseL2 ?? lastL2Of(mode)),
        },
        drawKernels: mode === "sk" ? prior?.drawKernels : undefined,
      };
    },
  });
  refuseDivergence(progress);
}

async function readParts(folder: string, options: ImageFolderOptions) {
  const train = await readImageFolder(`${folder}/train`, options);
  const { classes } = train;
  const [valid, test] = await Promise.all(
    ["valid", "test"].map((part) => readImageFolder(`${folder}/${part}`, { ...options, classes })),
  );
  return { train, valid, test };
}
