/**
 * Phase 2: learn new classes from few images, with plain L2 or with the smooth-kernel prior.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { withLock, writeJson, writeText } from "../io/files.ts";
import type { Model } from "../nn/model.ts";
import { mixSeed } from "../random.ts";
import { drawConfusion } from "../report/confusion.ts";
import { drawCurves } from "../report/curves.ts";
import { modeName } from "../report/format.ts";
import { summarizeSample } from "../report/statistics.ts";
import type { Settings } from "../runs/config.ts";
import { confusionFile, curvesFile, summaryFile, trialName } from "../runs/file_names.ts";
import { closeAfter, openRun } from "../runs/run.ts";
import { readHistory } from "../runs/trial.ts";
import { startStopwatch, type TimeSplit } from "../stopwatch.ts";
import { bestEpoch, type Metrics } from "../training/metrics.ts";
import type { TrainingEvent } from "./events.ts";
import {
  denseStrength,
  type Mode,
  type NewClassesOptions,
  type NewTrial,
  readNewClasses,
  trainNewClasses,
  uploadParts,
  withDefaults,
} from "./new_classes.ts";
import { sumConfusion, type TestFigures, testTrials, writePredictions } from "./test_trials.ts";

/** What phase 2 trains, and where it reads and writes. */
export interface Phase2Options extends NewClassesOptions {
  /** "l2": λ·Σw². "sk": λ·Σ wᵀSw, and kernels start as draws from the fitted Gaussians. */
  mode: Mode;
  /** λ = 0.05·α; the paper chose 4.29 for L2 and 2.57 for SK. */
  alpha: number;
  /** Networks, each with a seed of its own; default 1. */
  seeds?: number;
}

/** summary.json of phase 2. */
export interface Phase2Summary {
  /** The adapter's name. */
  adapter: string;
  /** The penalty on conv kernels. */
  mode: Mode;
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
  /** The whole run; with `resume`, the last one. */
  seconds: number;
  /** The same by what it was spent on. */
  time: TimeSplit;
  /** By number; valid as of the best epoch, test with that epoch's weights. */
  trials: {
    /** Its folder in the result folder; "." for a single network. */
    folder: string;
    /** Its number. */
    trial: number;
    /** What decided its chance: a mix of the experiment's seed and its number. */
    seed: number;
    /** The epoch with the lowest validation loss, from 1. */
    bestEpoch: number;
    /** On the validation images, at that epoch. */
    valid: Metrics;
    /** On the test images, with that epoch's weights. */
    test: TestFigures;
  }[];
  /** Over the trials. */
  mean: TestFigures;
  /** Of the mean over trials; null for a single one. */
  standardError: TestFigures | null;
  /** What must agree before trials count as one experiment. */
  settings: Settings;
  /** What turns a trial's weights into a classifier. */
  model: Model;
  /** What the fit had to say of the prior, where it is used; empty when all is well. */
  warnings: string[];
}

/**
 * Trains all seeds side by side, tests each at its best epoch, and writes the results; metrics.csv
 * and event files as it goes.
 *
 * @throws {RangeError} When the mode, α or another number is out of range.
 * @throws {Error} When data or covariances cannot be read, the results folder is taken, or training
 *   fails.
 */
export async function phase2(
  gpu: Gpu,
  options: Phase2Options,
  on: (event: TrainingEvent) => void = () => {},
): Promise<Phase2Summary> {
  const { mode, alpha, seeds = 1, overwrite = false, resume = false, command = null } = options;
  const resolved = withDefaults(options);
  const { resultsDir, seed, epochs, batch } = resolved;
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
  const data = await readNewClasses(gpu, options, [mode], watch, on);
  const denseL2 = denseStrength(mode, options);
  const trials = Array.from({ length: seeds }, (_, number): NewTrial => ({
    folder: seeds > 1 ? trialName(number) : ".",
    ...{ keys: { trial: number }, mode, alpha, number },
  }));
  const settings = { ...data.settings, mode, alpha, denseL2, folders: seeds > 1 };
  const run = await openRun(resultsDir, {
    ...{ task: "phase2", trials, settings, overwrite, resume },
    made: {
      ...{ command, seed, adapter: gpu.adapter },
      options: { mode, alpha, seeds, ...resolved, denseL2 },
    },
  });

  return await closeAfter(run, () =>
    gpu.scope(async (gpu) => {
      const banks = await watch.time("uploading", () => uploadParts(gpu, data));
      await trainNewClasses(gpu, data, banks, { ...options, run, trials, watch, on });

      const folders = trials.map(({ folder }) => folder);
      const tested = await watch.time(
        "testing",
        () => testTrials(gpu, data, banks.test, { ...options, folders }),
      );
      const histories = await Promise.all(
        folders.map((folder) => readHistory(`${resultsDir}/${folder}`)),
      );
      const [ce, accuracy] = (["ce", "accuracy"] as const)
        .map((key) => summarizeSample(tested.map(({ figures }) => figures[key])));
      const summary: Phase2Summary = {
        adapter: gpu.adapter.name,
        ...{ mode, alpha, lambda: 0.05 * alpha, denseL2, epochs, batch },
        seconds: (performance.now() - start) / 1000,
        time: watch.split(),
        trials: trials.map(({ folder, number }, i) => {
          const { valid } = histories[i], best = bestEpoch(valid);
          return {
            ...{ folder, trial: number, seed: mixSeed(seed, number), bestEpoch: best },
            ...{ valid: valid[best - 1], test: tested[i].figures },
          };
        }),
        mean: { ce: ce.mean, accuracy: accuracy.mean },
        standardError: seeds < 2
          ? null
          : { ce: ce.standardError!, accuracy: accuracy.standardError! },
        ...{ settings: run.settings, model: data.model, warnings: data.warnings },
      };
      const curves = await drawCurves(histories);
      const title = `${modeName(mode)}, α ${alpha}: test images`;
      const { classes } = data.model;
      const confusion = sumConfusion(tested, classes.length);
      const picture = await drawConfusion(confusion, classes, title);
      await withLock(resultsDir, async () => { // a run that begins beside it removes what is half written
        await writeText(curvesFile(resultsDir), curves);
        await writeText(confusionFile(resultsDir), picture);
        await writePredictions(resultsDir, tested.flatMap(({ rows }) => rows));
        await writeJson(summaryFile(resultsDir), summary);
      });
      return summary;
    }));
}
