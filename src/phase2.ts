/**
 * Phase 2: learn new classes from few images, with plain L2 or with the smooth-kernel prior.
 *
 * @module
 */
import { type ImageSet, readImageFolder } from "./data/folder.ts";
import { type Part, PARTS, phaseFolder } from "./data/layout.ts";
import { AUTHORS_CHANNELS, measureChannels } from "./data/normalize.ts";
import type { Gpu } from "./gpu/device.ts";
import { evenTile } from "./gpu/shader.ts";
import { writeJson } from "./io/files.ts";
import { type NdArray, readNpy } from "./io/npy.ts";
import {
  checkFolder,
  claimFolder,
  covarianceFile,
  summaryFile,
  trialFolder,
} from "./io/run_folder.ts";
import { writeTrial } from "./io/trial.ts";
import { phase2Network } from "./nn/cnn.ts";
import { createLayout, type Layout, namedParameters } from "./nn/layout.ts";
import { checkCovariance, precision, sampleGaussian } from "./prior/gaussian.ts";
import { mixSeed, type Random } from "./random.ts";
import { startStopwatch, type TimeSplit } from "./stopwatch.ts";
import { evaluate } from "./training/evaluate.ts";
import { uploadImages } from "./training/examples.ts";
import { trialsAtOnce } from "./training/memory.ts";
import type { Metrics } from "./training/metrics.ts";
import { type EpochReport, train } from "./training/train.ts";

/** What phase 2 trains, and where it reads and writes. */
export interface Phase2Options {
  /** The folder that holds phase2/{train,valid,test} with a sub-folder a class, or phase2 itself. */
  dataDir: string;
  /** Where weights, curves and summary.json go. */
  resultsDir: string;
  /** "l2": λ·Σw². "sk": λ·Σ wᵀSw, and kernels start as draws from the fitted Gaussians. */
  mode: "l2" | "sk";
  /** λ = 0.05·α; the paper chose 4.29 for L2 and 2.57 for SK. */
  alpha: number;
  /** Where `fit` wrote the covariances; needed for "sk". */
  covDir?: string;
  /** Passes over the training images; default 300. */
  epochs?: number;
  /** Networks, each with a seed of its own; default 1. */
  seeds?: number;
  /** The experiment; seed k has the same order, transforms and dense weights in both modes; default 0. */
  seed?: number;
  /** Images a step; default 8. */
  batch?: number;
  /** λ of the last dense layer; default 0 for L2 and 0.01 for SK, as the authors had it (SPEC §4). */
  denseL2?: number;
  /** Side of the square images in pixels; default 200. */
  size?: number;
  /** z-score by the authors' channel means or by those of the training images; default "authors". */
  normalize?: "authors" | "data";
  /** Replace results of an earlier run, once the new ones are there; default false. */
  overwrite?: boolean;
  /** Looked at before every epoch: stops the training by throwing its reason. */
  signal?: AbortSignal;
}

/** What phase 2 tells while it works. */
export type Phase2Event =
  | { kind: "data"; folder: string; classes: string[]; counts: Record<Part, number> }
  | { kind: "seeds"; first: number; count: number; seeds: number; parameterCount: number }
  | { kind: "epoch"; first: number; report: EpochReport };

/** Cross-entropy and accuracy on the test images: of a seed, their mean, or its standard error. */
export type TestFigures = Omit<Metrics, "loss">;

/** summary.json of phase 2. */
export interface Phase2Summary {
  /** The adapter's name. */
  adapter: string;
  /** The penalty on conv kernels. */
  mode: "l2" | "sk";
  /** As given. */
  alpha: number;
  /** 0.05·α. */
  lambda: number;
  /** λ of L2 on the last dense layer. */
  denseL2: number;
  /** Passes over the training images. */
  epochs: number;
  /** Images a step. */
  batch: number;
  /** The whole run. */
  seconds: number;
  /** The same by what it was spent on. */
  time: TimeSplit;
  /** By number; valid as of the best epoch, test with that epoch's weights. */
  seeds: { seed: number; bestEpoch: number; valid: Metrics; test: TestFigures }[];
  /** Over the seeds. */
  mean: TestFigures;
  /** Of the mean over seeds; null for a single seed. */
  standardError: TestFigures | null;
}

/**
 * Trains all seeds side by side, tests each at its best epoch, and writes the results.
 *
 * @throws {RangeError} When the mode, α or another number is out of range.
 * @throws {Error} When data or covariances cannot be read, the results folder is taken, or training
 *   fails.
 */
export async function phase2(
  gpu: Gpu,
  options: Phase2Options,
  on: (event: Phase2Event) => void = () => {},
): Promise<Phase2Summary> {
  const { resultsDir, mode, alpha, epochs = 300, seeds = 1, seed = 0, batch = 8 } = options;
  const { size = 200, normalize = "authors", overwrite = false, signal } = options;
  const denseL2 = options.denseL2 ?? (mode === "sk" ? 0.01 : 0);
  const lambda = 0.05 * alpha;
  const start = performance.now();
  const watch = startStopwatch();
  if (mode !== "l2" && mode !== "sk") {
    throw new RangeError(`Cannot train phase 2: mode "${mode}" is neither "l2" nor "sk"`);
  }
  if (!(alpha >= 0 && alpha < Infinity) || !Number.isSafeInteger(seeds) || seeds < 1) {
    throw new RangeError(
      `Cannot train phase 2: α ${alpha} must be a number ≥ 0 and seeds ${seeds} at least 1`,
    );
  }
  await checkFolder(resultsDir, { overwrite });

  const folder = await phaseFolder(options.dataDir, "phase2");
  const sets = await watch.time("reading", () => readParts(folder, size));
  const { classes } = sets.train;
  const network = phase2Network(classes.length, [size, size]);
  const layout = createLayout(network);
  const prior = mode === "sk" ? await readPrior(layout, options.covDir) : undefined;
  const counts = (part: Part) => sets[part].labels.length;
  on({
    ...{ kind: "data", folder, classes },
    counts: { train: counts("train"), valid: counts("valid"), test: counts("test") },
  });

  const normalization = normalize === "data" ? measureChannels(sets.train) : AUTHORS_CHANNELS;
  return await gpu.scope(async (gpu) => {
    const [trainBank, validBank, testBank] = await watch.time(
      "uploading",
      () => PARTS.map((part) => uploadImages(gpu, sets[part])),
    );
    const group = evenTile(seeds, trialsAtOnce(gpu, network, batch));
    const trained: Phase2Summary["seeds"] = [];
    let summary: Phase2Summary | undefined;
    for (let first = 0; first < seeds; first += group) {
      const count = Math.min(group, seeds - first);
      on({ kind: "seeds", first, count, seeds, parameterCount: layout.parameterCount });
      const trials = await train(gpu, {
        ...{ network, normalization, batch, epochs, signal },
        seeds: Array.from({ length: count }, (_, i) => mixSeed(seed, first + i)),
        train: { bank: trainBank },
        valid: { bank: validBank },
        regularizer: { lambda, precisions: prior?.precisions, denseL2: [denseL2] },
        drawKernels: prior?.drawKernels,
      }, (report) => {
        watch.addEpoch(report.seconds);
        on({ kind: "epoch", first, report });
      });
      const tests = await watch.time("testing", () =>
        evaluate(gpu, {
          ...{ network, normalization, examples: { bank: testBank } },
          trials: trials.map(({ parameters }) => parameters),
        }));

      // Each group's results are safe before the next group is trained.
      if (first === 0) await claimFolder(resultsDir, { overwrite });
      await watch.time("saving", async () => {
        for (const [i, { history, parameters }] of trials.entries()) {
          const dir = seeds === 1 ? resultsDir : trialFolder(resultsDir, first + i);
          await writeTrial(dir, history, namedParameters(layout, parameters));
        }
      });
      for (const [i, { seed, bestEpoch, history }] of trials.entries()) {
        trained.push({ seed, bestEpoch, valid: history.valid[bestEpoch - 1], test: tests[i] });
      }
      summary = {
        adapter: gpu.adapter.name,
        ...{ mode, alpha, lambda, denseL2, epochs, batch },
        seconds: (performance.now() - start) / 1000,
        time: watch.split(),
        seeds: trained,
        ...summarize(trained.map(({ test }) => test)),
      };
      await writeJson(summaryFile(resultsDir), summary);
    }
    return summary!;
  });
}

function summarize(tests: TestFigures[]): Pick<Phase2Summary, "mean" | "standardError"> {
  const [ces, accuracies] = [tests.map(({ ce }) => ce), tests.map(({ accuracy }) => accuracy)];
  return {
    mean: { ce: mean(ces), accuracy: mean(accuracies) },
    standardError: tests.length < 2
      ? null
      : { ce: standardError(ces), accuracy: standardError(accuracies) },
  };
}

async function readParts(folder: string, size: number): Promise<Record<Part, ImageSet>> {
  const train = await readImageFolder(`${folder}/train`, { size: [size, size] });
  const { classes } = train;
  const [valid, test] = await Promise.all(
    ["valid", "test"].map((part) =>
      readImageFolder(`${folder}/${part}`, { size: [size, size], classes })
    ),
  );
  return { train, valid, test };
}

/** Reads the covariances that `fit` wrote: rank 3 for the first layer, rank 2 for the others. */
async function readPrior(layout: Layout, covDir = "data/gaussian_fit") {
  const covariances: NdArray[] = [];
  for (const [i, { weights }] of layout.convs.entries()) {
    const file = covarianceFile(covDir, i + 1, i === 0 ? 3 : 2);
    const covariance = await readNpy(file).catch((error) => {
      throw new Error(`${error.message}; run \`deno task fit\` first, or give --cov-dir`);
    });
    const [kernel, , channels] = weights.shape;
    const dimensions = kernel ** 2 * (i === 0 ? channels : 1);
    if (covariance.shape[0] !== dimensions) {
      throw new TypeError(
        `Cannot use ${file} for ${weights.name}: its shape [${covariance.shape}] is not ` +
          `[${dimensions},${dimensions}]; fit the kernels of the same network`,
      );
    }
    checkCovariance(covariance, file);
    covariances.push(covariance);
  }
  return {
    precisions: covariances.map((covariance, i) =>
      precision(covariance, {
        unitDeterminant: true,
        name: covarianceFile(covDir, i + 1, i === 0 ? 3 : 2),
      }).data
    ),
    drawKernels: (random: Random) =>
      covariances.map((covariance, i) => {
        const [dimensions] = covariance.shape;
        const vectors = layout.convs[i].weights.size / dimensions;
        return { dimensions, values: sampleGaussian(covariance, vectors, random) };
      }),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n − 1) over √n. */
function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) /
    (values.length - 1);
  return Math.sqrt(variance / values.length);
}
