/**
 * What phase 2 and the grid share: the images of the new classes, the prior, and trials that learn
 * them with a penalty each.
 *
 * @module
 */
import {
  fingerprint,
  type ImageFolder,
  type ImageFolderOptions,
  readImageFolder,
} from "../data/folder.ts";
import { type Part, PARTS, phaseFolder } from "../data/layout.ts";
import { AUTHORS_CHANNELS, measureChannels } from "../data/normalize.ts";
import { countLabels } from "../data/split.ts";
import { Failure, judgeInput } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { type NdArray, readNpy } from "../io/npy.ts";
import { createLayout, type Layout } from "../nn/layout.ts";
import type { Model } from "../nn/model.ts";
import { phase2Network } from "../nn/paper_network.ts";
import { describeLayers } from "../nn/summary.ts";
import { checkCovariance, createSampler, precision } from "../prior/gaussian.ts";
import { mixSeed, type Random } from "../random.ts";
import { covarianceFile } from "../runs/file_names.ts";
import type { Run } from "../runs/run.ts";
import type { RunTrial } from "../runs/trial.ts";
import type { Stopwatch } from "../stopwatch.ts";
import { COPIES } from "../training/evaluate.ts";
import { type ImageBank, uploadImages } from "../training/examples.ts";
import { trialsAtOnce } from "../training/memory.ts";
import { nameTrials, type TrainingEvent } from "./events.ts";
import { readPriorDoubts } from "./prior_doubts.ts";
import { refuseDivergence, trainGroups } from "./train_groups.ts";

/** The penalty on conv kernels: λ·Σw², or λ·Σ wᵀSw with kernels that start as draws from the prior. */
export type Mode = "l2" | "sk";

/** What phase 2 and the grid have in common. */
export interface NewClassesOptions {
  /** The folder that holds phase2/{train,valid,test} with a sub-folder a class, or phase2 itself. */
  dataDir: string;
  /** Where weights, curves and summary.json go. */
  resultsDir: string;
  /** Where `fit` wrote the covariances; needed for "sk". Default "data/gaussian_fit". */
  covDir?: string;
  /** Passes over the training images; default 300. */
  epochs?: number;
  /** The experiment; trial k has the same order, transforms and dense weights in both modes; default 0. */
  seed?: number;
  /** Images a step; default 8. */
  batch?: number;
  /** λ of the last dense layer; default 0 for L2 and 0.01 for SK, as the authors had it (SPEC §4). */
  denseL2?: number;
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
  /** Replace results of an earlier run, once the new ones are there; default false. */
  overwrite?: boolean;
  /** Keep the finished trials of an earlier run of the same settings; default false. */
  resume?: boolean;
  /** The command line, for config.json. */
  command?: string;
  /** Looked at ten times a second or so: stops the training by throwing its reason. */
  signal?: AbortSignal;
}

/** One trial to train. */
export interface NewTrial extends RunTrial {
  /** Its penalty. */
  mode: Mode;
  /** λ / 0.05. */
  alpha: number;
  /** Its number: together with the experiment's seed it decides all of its chance. */
  number: number;
}

/** The new classes, read. */
export interface NewClasses {
  /** Images by part. */
  sets: Record<Part, ImageFolder>;
  /** What the trials train. */
  model: Model;
  /** Its sizes. */
  layout: Layout;
  /** Trials that train side by side at most. */
  atOnce: number;
  /** The fitted Gaussians, where they are needed. */
  prior?: Prior;
  /** What speaks against the prior, where it is used: one sentence each. */
  warnings: string[];
  /** What must agree before trials count as one experiment; mode, α and seeds come on top. */
  settings: Record<string, unknown>;
}

/** The fitted Gaussians as training needs them. */
interface Prior {
  precisions: Float64Array[];
  drawKernels(random: Random): { dimensions: number; values: Float64Array }[];
  /** SHA-256 of the covariances. */
  hash: string;
}

/** The options with their defaults, as training reads them and config.json holds them. */
export function withDefaults(options: NewClassesOptions) {
  const { dataDir, resultsDir, covDir = "data/gaussian_fit", epochs = 300, seed = 0, batch = 8 } =
    options;
  const { size = 200, normalize = "authors", denseL2 } = options;
  return { dataDir, resultsDir, covDir, epochs, seed, batch, size, normalize, denseL2 };
}

/** λ of the last dense layer. */
export function denseStrength(mode: Mode, { denseL2 }: { denseL2?: number }): number {
  return denseL2 ?? (mode === "sk" ? 0.01 : 0);
}

/**
 * Reads the images and, for "sk", the prior; tells about them.
 *
 * @throws {Failure} "input" when they cannot be used; "gpu" when not even one trial fits on the adapter.
 */
export async function readNewClasses(
  gpu: Gpu,
  options: NewClassesOptions,
  modes: readonly Mode[],
  watch: Stopwatch,
  on: (event: TrainingEvent) => void,
): Promise<NewClasses> {
  const { dataDir, resultsDir, covDir, epochs, seed, batch, size, normalize } = withDefaults(
    options,
  );
  const folder = await phaseFolder(dataDir, "phase2");
  const { skipBad, followLinks } = options;
  const reading = { size: [size, size] as [number, number], skipBad, followLinks };
  const sets = await watch.time("reading", () => readParts(folder, reading));
  const { classes } = sets.train;
  const network = phase2Network(classes.length, [size, size]);
  const layout = createLayout(network);
  const names = { train: "training", valid: "validation", test: "test" } as const;
  on({
    ...{ kind: "data", folder, classes },
    parts: PARTS.map((part) => ({
      name: names[part],
      counts: countLabels(sets[part].labels, classes.length),
    })),
    ignored: PARTS.flatMap((part) => sets[part].ignored),
  });
  on({ kind: "network", layers: describeLayers(layout), seed, resultsDir });
  const [train, valid, test] = PARTS.map((part) => sets[part].labels.length);
  const atOnce = await trialsAtOnce(gpu, {
    network,
    images: train + valid + test,
    evaluated: COPIES * valid,
    training: { batch, examples: train },
    memory: options.memory,
  });
  const prior = modes.includes("sk") ? await readPrior(layout, covDir) : undefined;
  const warnings = prior ? await readPriorDoubts(covDir) : [];
  for (const text of warnings) on({ kind: "warning", text });
  const normalization = normalize === "data" ? measureChannels(sets.train) : AUTHORS_CHANNELS;
  const data = (await Promise.all(PARTS.map((part) => fingerprint(sets[part])))).join("");
  return {
    ...{ sets, layout, atOnce, prior, warnings, model: { network, classes, normalization } },
    settings: {
      ...{ seed, epochs, batch, size, normalize, classes, data },
      ...prior && { prior: prior.hash },
    },
  };
}

/** Uploads each part's images. */
export function uploadParts(gpu: Gpu, { sets }: NewClasses): Record<Part, ImageBank> {
  const [train, valid, test] = PARTS.map((part) => uploadImages(gpu, sets[part]));
  return { train, valid, test };
}

/**
 * Trains the run's remaining trials, those of a mode in the same dispatches.
 *
 * @param trials All of the run, finished ones included.
 * @throws {Failure} "diverged" when a trial's numbers are no longer finite; the others are saved.
 */
export async function trainNewClasses(
  gpu: Gpu,
  { model, layout, atOnce, prior }: NewClasses,
  banks: Record<Part, ImageBank>,
  { run, trials, watch, on, ...options }: NewClassesOptions & {
    run: Run;
    trials: readonly NewTrial[];
    watch: Stopwatch;
    on: (event: TrainingEvent) => void;
  },
): Promise<void> {
  const { epochs, seed, batch } = withDefaults(options);
  const { network, normalization } = model;
  const progress = await trainGroups(gpu, {
    ...{ run, trials, layout, atOnce, watch, on },
    common: {
      ...{ network, normalization, batch, epochs, signal: options.signal },
      ...{ train: { bank: banks.train }, valid: { bank: banks.valid } },
    },
    kindOf: ({ mode }) => mode,
    nameOf(part) {
      const [{ mode, alpha }] = part;
      const alphas = new Set(part.map(({ alpha }) => alpha));
      return alphas.size === 1
        ? `${nameTrials(part.map(({ number }) => number))}, ${mode}, α ${alpha}`
        : `${part.length} trials, ${mode}, ${alphas.size} values of α`;
    },
    ofTrials(part) {
      const [{ mode }] = part;
      return {
        seeds: part.map(({ number }) => mixSeed(seed, number)),
        regularizer: {
          lambda: part.map(({ alpha }) => 0.05 * alpha),
          precisions: mode === "sk" ? prior?.precisions : undefined,
          denseL2: [denseStrength(mode, options)],
        },
        drawKernels: mode === "sk" ? prior?.drawKernels : undefined,
      };
    },
  });
  refuseDivergence(progress);
}

async function readParts(
  folder: string,
  options: ImageFolderOptions,
): Promise<Record<Part, ImageFolder>> {
  const train = await readImageFolder(`${folder}/train`, options);
  const { classes } = train;
  const [valid, test] = await Promise.all(
    ["valid", "test"].map((part) => readImageFolder(`${folder}/${part}`, { ...options, classes })),
  );
  return { train, valid, test };
}

/** Reads the covariances that `fit` wrote: rank 3 for the first layer, rank 2 for the others. */
async function readPrior(layout: Layout, covDir: string): Promise<Prior> {
  const covariances: NdArray[] = [];
  for (const [i, { weights }] of layout.convs.entries()) {
    const file = covarianceFile(covDir, i + 1, i === 0 ? 3 : 2);
    const covariance = await readNpy(file).catch((error) => {
      throw new Failure(
        "input",
        `${error.message}; run \`deno task fit\` first, or give --cov-dir`,
      );
    });
    const [kernel, , channels] = weights.shape;
    const dimensions = kernel ** 2 * (i === 0 ? channels : 1);
    if (covariance.shape[0] !== dimensions) {
      throw new Failure(
        "input",
        `Cannot use ${file} for ${weights.name}: its shape [${covariance.shape}] is not ` +
          `[${dimensions},${dimensions}]; fit the kernels of the same network`,
      );
    }
    await judgeInput(() => checkCovariance(covariance, file));
    covariances.push(covariance);
  }
  const samplers = await Promise.all(covariances.map(createSampler));
  const precisions = await Promise.all(covariances.map((covariance, i) =>
    precision(covariance, {
      unitDeterminant: true,
      name: covarianceFile(covDir, i + 1, i === 0 ? 3 : 2),
    })
  ));
  const values = Float64Array.from(covariances.flatMap(({ data }) => Array.from(data)));
  return {
    hash: new Uint8Array(await crypto.subtle.digest("SHA-256", values)).toHex(),
    precisions: precisions.map(({ data }) => data),
    drawKernels: (random) =>
      covariances.map((covariance, i) => {
        const [dimensions] = covariance.shape;
        const vectors = layout.convs[i].weights.size / dimensions;
        return { dimensions, values: samplers[i](vectors, random) };
      }),
  };
}
