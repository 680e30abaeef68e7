/**
 * The validated grid search (Feinman & Lake 2019, section 5): which α, and is the prior better?
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { withLock, writeJson, writeText } from "../io/files.ts";
import type { Model } from "../nn/model.ts";
import { mixSeed } from "../random.ts";
import { drawConfusion } from "../report/confusion.ts";
import { drawGridCurves } from "../report/curves.ts";
import { modeName } from "../report/format.ts";
import { drawGrid } from "../report/grid.ts";
import {
  type PairedDifference,
  pairedDifference,
  type SampleSummary,
  summarizeSample,
} from "../report/statistics.ts";
import type { Settings } from "../runs/config.ts";
import {
  cellFolder,
  confusionFile,
  curvesFile,
  gridFile,
  summaryFile,
  trialName,
} from "../runs/file_names.ts";
import { closeAfter, openRun } from "../runs/run.ts";
import { readHistory } from "../runs/trial.ts";
import { startStopwatch, type TimeSplit } from "../stopwatch.ts";
import { bestEpoch, type Metrics } from "../training/metrics.ts";
import type { TrainingEvent } from "./events.ts";
import {
  type Mode,
  type NewClassesOptions,
  type NewTrial,
  readNewClasses,
  trainNewClasses,
  uploadParts,
  withDefaults,
} from "./new_classes.ts";
import { sumConfusion, type TestFigures, testTrials, writePredictions } from "./test_trials.ts";

/** What the grid tries, and where it reads and writes. */
export interface GridOptions extends NewClassesOptions {
  /** Penalties to compare; default both. */
  modes?: readonly Mode[];
  /** Strengths to try, above 0; default 0.25, 0.5, 1, 2, 4, 8, 16. */
  alphas?: readonly number[];
  /** Networks for each penalty and strength; default 10. */
  seeds?: number;
}

/** Some trials' cross-entropy and accuracy, mean and standard error. */
export interface GridFigures {
  /** The penalty. */
  mode: Mode;
  /** Its strength. */
  alpha: number;
  /** 0.05·α. */
  lambda: number;
  /** Cross-entropy in nats. */
  ce: SampleSummary;
  /** In [0, 1]. */
  accuracy: SampleSummary;
}

/** What the grid found: grid.json. */
export interface GridFindings {
  /** The chance that the intervals hold the true differences. */
  confidence: number;
  /** On the validation images at each trial's best epoch; one entry for each mode and α. */
  validation: (GridFigures & { seeds: number })[];
  /** On the test images, for each mode at the α with the lowest validation cross-entropy. */
  test: (GridFigures & { trials: ({ trial: number; seed: number } & TestFigures)[] })[];
  /** SK − L2 on the test images, paired over seeds; null without both modes or for a single seed. */
  comparison: {
    pairs: number;
    ce: Omit<PairedDifference, "pairs">;
    accuracy: Omit<PairedDifference, "pairs">;
  } | null;
}

/** summary.json of the grid. */
export interface GridSummary extends GridFindings {
  /** The adapter's name. */
  adapter: string;
  /** Passes over the training images. */
  epochs: number;
  /** Images a step. */
  batch: number;
  /** The whole run; with `resume`, the last one. */
  seconds: number;
  /** The same by what it was spent on. */
  time: TimeSplit;
  /** By mode, α and number; valid as of the best epoch. */
  trials: GridTrial[];
  /** What must agree before trials count as one experiment. */
  settings: Settings;
  /** What turns a trial's weights into a classifier. */
  model: Model;
  /** What the fit had to say of the prior, where it is used; empty when all is well. */
  warnings: string[];
}

/** One trial of the grid. */
export interface GridTrial {
  /** Its folder in the result folder, e.g. "l2_alpha4.29/trial000". */
  folder: string;
  /** The penalty. */
  mode: Mode;
  /** Its strength. */
  alpha: number;
  /** Its number. */
  trial: number;
  /** What decided its chance: a mix of the experiment's seed and its number. */
  seed: number;
  /** The epoch with the lowest validation loss, from 1. */
  bestEpoch: number;
  /** After that epoch. */
  valid: Metrics;
  /** Only for the chosen α of the mode. */
  test?: TestFigures;
}

/** The strengths that are tried where none are named. */
export const ALPHAS: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16];

const CONFIDENCE = 0.95;

/**
 * Trains every mode × α × seed, chooses each mode's α by the mean validation cross-entropy, and only
 * then looks at the test images, with the trials of the chosen α.
 *
 * Writes, about these modes, values of α and seeds, grid.csv (a row a trial), grid.json, summary.json,
 * grid.svg, curves, confusion matrices, predictions.csv, and each trial in the authors' files;
 * metrics.csv and event files as it goes. With `resume`, more values of α, seeds or modes may be added
 * to a grid.
 *
 * @throws {RangeError} When a mode, α or another number is out of range.
 * @throws {Error} When data or covariances cannot be read, the results folder is taken, or training
 *   fails.
 */
export async function grid(
  gpu: Gpu,
  options: GridOptions,
  on: (event: TrainingEvent) => void = () => {},
): Promise<GridSummary> {
  const { modes = ["l2", "sk"], seeds = 10 } = options;
  const { overwrite = false, resume = false, command = null } = options;
  const alphas = [...options.alphas ?? ALPHAS].sort((a, b) => a - b);
  checkGrid(modes, alphas, seeds);
  const resolved = withDefaults(options);
  const { resultsDir, seed, epochs, batch, denseL2 } = resolved;
  const start = performance.now();
  const watch = startStopwatch();
  const data = await readNewClasses(gpu, options, modes, watch, on);
  const trials = modes.flatMap((mode) =>
    alphas.flatMap((alpha) =>
      Array.from({ length: seeds }, (_, number): NewTrial => ({
        folder: `${cellFolder(mode, alpha)}/${trialName(number)}`,
        ...{ keys: { mode, alpha, trial: number }, mode, alpha, number },
      }))
    )
  );
  const run = await openRun(resultsDir, {
    ...{ task: "grid", trials, overwrite, resume },
    settings: { ...data.settings, denseL2: denseL2 ?? "as published" },
    made: {
      ...{ command, seed, adapter: gpu.adapter },
      options: { modes, alphas, seeds, ...resolved },
    },
  });

  return await closeAfter(run, () =>
    gpu.scope(async (gpu) => {
      const banks = await watch.time("uploading", () => uploadParts(gpu, data));
      await trainNewClasses(gpu, data, banks, { ...options, run, trials, watch, on });

      const histories = await Promise.all(
        trials.map(({ folder }) => readHistory(`${resultsDir}/${folder}`)),
      );
      const results = trials.map(({ folder, mode, alpha, number }, i): GridTrial => {
        const { valid } = histories[i], best = bestEpoch(valid);
        return {
          ...{ folder, mode, alpha, trial: number, seed: mixSeed(seed, number) },
          ...{ bestEpoch: best, valid: valid[best - 1] },
        };
      });
      const cells = modes.flatMap((mode) => alphas.map((alpha) => ({ mode, alpha })));
      const isIn =
        (cell: { mode: Mode; alpha: number }) => (trial: { mode: Mode; alpha: number }) =>
          trial.mode === cell.mode && trial.alpha === cell.alpha;
      const validation = cells.map((cell) => {
        const valid = results.filter(isIn(cell)).map(({ valid }) => valid);
        return { ...summarize(cell, valid), seeds };
      });

      const best = modes.map((mode) =>
        validation.filter((cell) => cell.mode === mode)
          .reduce((best, cell) => cell.ce.mean < best.ce.mean ? cell : best)
      );
      const chosen = best.flatMap((cell) => results.filter(isIn(cell)));
      // Not before now: what is chosen must not depend on the test images.
      const tested = await watch.time(
        "testing",
        () => {
          const folders = chosen.map(({ folder }) => folder);
          return testTrials(gpu, data, banks.test, { ...options, folders });
        },
      );
      chosen.forEach((trial, i) => trial.test = tested[i].figures);
      const { classes } = data.model;
      const confusion = new Map<Mode, string>();
      const test: GridFindings["test"] = [];
      for (const cell of best) {
        const { mode, alpha } = cell;
        const own = tested.filter((_, i) => isIn(cell)(chosen[i]));
        const trials = results.filter(isIn(cell)).map(({ trial, seed, test }) => ({
          ...{ trial, seed, ...test! },
        }));
        test.push({ ...summarize({ mode, alpha }, own.map(({ figures }) => figures)), trials });
        const title = `${modeName(mode)}, α ${alpha}: test images`;
        const sum = sumConfusion(own, classes.length);
        confusion.set(mode, await drawConfusion(sum, classes, title));
      }
      const findings: GridFindings = {
        ...{ confidence: CONFIDENCE, validation, test },
        comparison: compare(test),
      };
      const summary: GridSummary = {
        ...{ adapter: gpu.adapter.name, epochs, batch },
        seconds: (performance.now() - start) / 1000,
        ...{ time: watch.split(), ...findings, trials: results },
        ...{ settings: run.settings, model: data.model, warnings: data.warnings },
      };
      const curves = cells.map((cell) => ({
        ...cell,
        trials: histories.filter((_, i) => isIn(cell)(trials[i])),
      }));
      const pictures = [await drawGrid(validation, test), await drawGridCurves(curves)];
      await withLock(resultsDir, async () => { // grids of other α may end at the same time
        for (const [mode, picture] of confusion) {
          await writeText(confusionFile(resultsDir, mode), picture);
        }
        await writePredictions(resultsDir, tested.flatMap(({ rows }) => rows));
        await writeText(gridFile(resultsDir, "csv"), formatCsv(results));
        await writeText(gridFile(resultsDir, "svg"), pictures[0]);
        await writeText(curvesFile(resultsDir), pictures[1]);
        await writeJson(gridFile(resultsDir, "json"), findings);
        await writeJson(summaryFile(resultsDir), summary);
      });
      return summary;
    }));
}

function checkGrid(modes: readonly Mode[], alphas: readonly number[], seeds: number): void {
  const strange = modes.find((mode) => mode !== "l2" && mode !== "sk");
  if (strange !== undefined || new Set(modes).size !== modes.length || modes.length === 0) {
    throw new RangeError(`Cannot search: modes [${modes}] must be "l2", "sk", or both`);
  }
  const wrong = alphas.find((alpha) => !(alpha > 0 && alpha < Infinity));
  if (wrong !== undefined || new Set(alphas).size !== alphas.length || alphas.length === 0) {
    throw new RangeError(
      `Cannot search: the values of α [${alphas}] must be different numbers above 0`,
    );
  }
  if (!Number.isSafeInteger(seeds) || seeds < 1) {
    throw new RangeError(`Cannot search: seeds ${seeds} must be at least 1`);
  }
}

function summarize(
  { mode, alpha }: { mode: Mode; alpha: number },
  figures: readonly TestFigures[],
): GridFigures {
  return {
    ...{ mode, alpha, lambda: 0.05 * alpha },
    ce: summarizeSample(figures.map(({ ce }) => ce)),
    accuracy: summarizeSample(figures.map(({ accuracy }) => accuracy)),
  };
}

function compare(test: GridFindings["test"]): GridFindings["comparison"] {
  const [l2, sk] = (["l2", "sk"] as const).map((mode) => test.find((it) => it.mode === mode));
  if (!l2 || !sk) return null;
  const difference = (key: "ce" | "accuracy") =>
    pairedDifference(l2.trials.map((it) => it[key]), sk.trials.map((it) => it[key]), CONFIDENCE);
  const [ce, accuracy] = [difference("ce"), difference("accuracy")];
  if (!ce || !accuracy) return null;
  const { pairs, ...rest } = accuracy;
  const { pairs: _, ...ceRest } = ce;
  return { pairs, ce: ceRest, accuracy: rest };
}

function formatCsv(trials: readonly GridTrial[]): string {
  const header = "mode,alpha,lambda,trial,seed,best_epoch,valid_loss,valid_ce,valid_accuracy," +
    "test_ce,test_accuracy";
  const rows = trials.map(({ mode, alpha, trial, seed, bestEpoch, valid, test }) =>
    [
      ...[mode, alpha, 0.05 * alpha, trial, seed, bestEpoch],
      ...[valid.loss, valid.ce, valid.accuracy, test?.ce ?? "", test?.accuracy ?? ""],
    ].join()
  );
  return [header, ...rows].join("\n") + "\n";
}
