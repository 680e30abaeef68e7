/**
 * The validated grid search (Feinman & Lake 2019, section 5): which α, and is the prior better?
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { writeJson, writeText } from "../io/files.ts";
import { withLock } from "../io/lock.ts";
import { compareFigures, summarizeFigures } from "../report/comparison.ts";
import { CONFIDENCE } from "../report/statistics.ts";
import { drawGridCurves } from "../report/draw_curves.ts";
import { drawGrid } from "../report/draw_grid.ts";
import * as files from "../runs/file_names.ts";
import { describeUntold } from "../runs/grid_cells.ts";
import type {
  GridFigures,
  GridFindings,
  GridSummary,
  GridTrial,
  TestFigures,
} from "../runs/summaries.ts";
import type { TimeSplit } from "../stopwatch.ts";
import type { TrainingEvent } from "./events.ts";
import {
  checkFirstTrial,
  learnNewClasses,
  type NewClasses,
  newClassesDefaults,
  type NewClassesOptions,
  type NewTrial,
  summarizeRun,
  type TaughtRun,
} from "./learn_new_classes.ts";
import { ALPHAS, lambdaOf } from "./penalty.ts";
import {
  drawTested,
  type Learned,
  readLearned,
  type TestedTrial,
  testTrials,
  writePredictions,
} from "./test_trials.ts";
import { TRIALS } from "./training_defaults.ts";
import type { FolderPlan } from "./training_options.ts";

/** What the grid tries, and where it reads and writes. */
export interface GridOptions extends NewClassesOptions {
  /** Penalties to compare; default both. */
  modes?: readonly files.Mode[];
  /** Strengths to try, above 0; default 0.25, 0.5, 1, 2, 4, 8, 16. */
  alphas?: readonly number[];
}

/**
 * Trains every mode × α × trial, chooses each mode's α by the mean validation cross-entropy, and only
 * then looks at the test images, with the trials of the chosen α.
 *
 * Writes, about these modes, values of α and trials, grid.csv (a row a trial), grid.json, summary.json,
 * grid.svg, curves, confusion matrices, predictions.csv, and each trial in the authors' files;
 * metrics.csv and event files as it goes. With `resume`, more values of α, trials or modes may be added
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
  const search = resolve(options);
  const { resultsDir, seed, epochs, batch } = newClassesDefaults(options);
  const plan = (data: NewClasses) => planTrials(options, search, data);
  return await learnNewClasses(gpu, options, search.modes, on, plan, async (taught) => {
    const { gpu, data, run, banks, watch } = taught;
    const learned = await readLearned(resultsDir, run.trials, seed);
    const cells = groupCells(search, learned);
    const chosen = search.modes.map((mode) => chooseCell(mode, cells));
    // The test images come in only now: what is chosen must not depend on them.
    const trials = chosen.flatMap(({ trials }) => trials);
    const test = () => testTrials(gpu, data, banks.test, { ...options, trials });
    const tested = await watch.time("testing", test);
    const best = chosen.map((cell) => ({
      ...cell,
      tested: tested.filter(({ trial }) => cell.trials.includes(trial)),
    }));
    const figures = best.map(testFigures), comparison = compare(figures);
    const validation = cells.map(({ validation }) => validation);
    const findings = { confidence: CONFIDENCE, validation, test: figures, comparison };
    const { adapter, seconds, time, ...rest } = summarizeRun(taught);
    const spent = { adapter, epochs, batch, seconds, time };
    const summary = { ...spent, ...findings, trials: listTrials(learned, tested), ...rest };
    await writeGrid(resultsDir, { summary, findings, cells, best });
    const text = await describeUntold(resultsDir, validation);
    if (text) on({ kind: "warning", text });
    return summary;
  });
}

/** What a part of a grid came to that was only trained. */
export interface TrainedGrid {
  /** How many of the networks that were asked for are finished: all. */
  trials: number;
  /** Seconds by what they were spent on. */
  time: TimeSplit;
}

/**
 * Trains a part of a {@linkcode grid}, and leaves it to the grid that is made of all parts, with `resume`, to
 * choose α and to look at the test images. Writes the trials, metrics.csv and event files.
 *
 * @throws As {@linkcode grid}.
 */
export async function trainGrid(
  gpu: Gpu,
  options: GridOptions,
  on: (event: TrainingEvent) => void = () => {},
): Promise<TrainedGrid> {
  const search = resolve(options);
  const plan = (data: NewClasses) => planTrials(options, search, data);
  const tell = ({ run, watch }: TaughtRun) => ({ trials: run.trials.length, time: watch.split() });
  return await learnNewClasses(gpu, options, search.modes, on, plan, tell);
}

/** What is tried: modes, strengths, rising, and for each of both so many trials from the first on. */
type Search = ReturnType<typeof resolve>;

/** The defaults filled in. @throws {RangeError} When a mode, α or the number of trials is out of range. */
function resolve(
  { modes = ["l2", "sk"], trials = TRIALS.grid, firstTrial = 0, ...options }: GridOptions,
) {
  const alphas = [...options.alphas ?? ALPHAS].sort((a, b) => a - b);
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
  if (!Number.isSafeInteger(trials) || trials < 1) {
    throw new RangeError(`Cannot search: trials ${trials} must be at least 1`);
  }
  checkFirstTrial(firstTrial);
  return { modes, alphas, trials, firstTrial };
}

function planTrials(
  options: GridOptions,
  { modes, alphas, trials: count, firstTrial }: Search,
  data: NewClasses,
): FolderPlan<NewTrial> {
  const shared = newClassesDefaults(options);
  const trials = modes.flatMap((mode) =>
    alphas.flatMap((alpha) =>
      Array.from({ length: count }, (_, i): NewTrial => ({
        folder: `${files.cellFolder(mode, alpha)}/${files.trialName(firstTrial + i)}`,
        mode,
        alpha,
        trial: firstTrial + i,
      }))
    )
  );
  return {
    task: "grid",
    trials,
    keys: ["mode", "alpha", "trial"],
    settings: { ...data.settings, denseL2: shared.denseL2 ?? "as published" },
    // `seeds` is the file's word for trials
    record: { modes, alphas, seeds: count, firstTrial, ...shared, prior: data.prior?.used },
  };
}

/** A mode and α, its trials, and how they do on the validation images. */
interface Cell {
  mode: files.Mode;
  alpha: number;
  trials: Learned<NewTrial>[];
  validation: GridFindings["validation"][number];
}

/** All that were searched, by mode and α. */
function groupCells({ modes, alphas }: Search, learned: readonly Learned<NewTrial>[]): Cell[] {
  const cells = modes.flatMap((mode) => alphas.map((alpha) => ({ mode, alpha })));
  return cells.map((cell) => {
    const isIn = ({ mode, alpha }: NewTrial) => mode === cell.mode && alpha === cell.alpha;
    const trials = learned.filter(isIn);
    const figures = summarize(cell, trials.map(({ summary }) => summary.valid));
    return { ...cell, trials, validation: { ...figures, seeds: trials.length } };
  });
}

/** The cell of a mode whose trials have the lowest mean cross-entropy on the validation images. */
function chooseCell(mode: files.Mode, cells: readonly Cell[]): Cell {
  return cells.filter((cell) => cell.mode === mode)
    .reduce((best, cell) => cell.validation.ce.mean < best.validation.ce.mean ? cell : best);
}

function summarize(
  { mode, alpha }: { mode: files.Mode; alpha: number },
  figures: readonly TestFigures[],
): GridFigures {
  return { mode, alpha, lambda: lambdaOf(alpha), ...summarizeFigures(figures) };
}

type Tested = TestedTrial<Learned<NewTrial>>;

/** A mode's best cell, with what its trials made of the test images. */
type Best = Cell & { tested: Tested[] };

/** What the trials of a cell reached on the test images. */
function testFigures({ tested, ...cell }: Best): GridFindings["test"][number] {
  return {
    ...summarize(cell, tested.map(({ figures }) => figures)),
    trials: tested.map(({ trial: { trial, summary: { seed } }, figures }) => ({
      trial,
      seed,
      ...figures,
    })),
  };
}

/** SK − L2, where both were tested. */
function compare(test: GridFindings["test"]): GridFindings["comparison"] {
  const [l2, sk] = ["l2", "sk"].map((mode) => test.find((it) => it.mode === mode)?.trials);
  return l2 && sk ? compareFigures(l2, sk) : null;
}

/** All trials, with the test figures of those that were tested. */
function listTrials(learned: readonly Learned<NewTrial>[], tested: readonly Tested[]): GridTrial[] {
  return learned.map((it) => {
    const { folder, ...summary } = it.summary;
    const test = tested.find(({ trial }) => trial === it)?.figures;
    const trial = { folder, mode: it.mode, alpha: it.alpha, ...summary };
    return test ? { ...trial, test } : trial;
  });
}

/** Writes all but the trials themselves. */
async function writeGrid(dir: string, { summary, findings, cells, best }: {
  summary: GridSummary;
  findings: GridFindings;
  cells: readonly Cell[];
  best: readonly Best[];
}): Promise<void> {
  const { classes } = summary.model;
  const confusion = await Promise.all(best.map((cell) => drawTested(cell.tested, cell, classes)));
  const picture = await drawGrid(findings.validation, findings.test);
  const curves = await drawGridCurves(
    cells.map((cell) => ({ ...cell, trials: cell.trials.map(({ history }) => history) })),
  );
  await withLock(dir, async () => { // grids of other α may end at the same time
    for (const [i, { mode }] of best.entries()) {
      await writeText(files.confusionFile(dir, mode), confusion[i]);
    }
    await writePredictions(dir, best.flatMap(({ tested }) => tested));
    await writeText(files.gridFile(dir, "csv"), formatCsv(summary.trials));
    await writeText(files.gridFile(dir, "svg"), picture);
    await writeText(files.curvesFile(dir), curves);
    await writeJson(files.gridFile(dir, "json"), findings);
    await writeJson(files.summaryFile(dir), summary);
  });
}

function formatCsv(trials: readonly GridTrial[]): string {
  const header = "mode,alpha,lambda,trial,seed,best_epoch,valid_loss,valid_ce,valid_accuracy," +
    "test_ce,test_accuracy";
  const rows = trials.map(({ mode, alpha, trial, seed, bestEpoch, valid, test }) => {
    const figures = [valid.loss, valid.ce, valid.accuracy, test?.ce ?? "", test?.accuracy ?? ""];
    return [mode, alpha, lambdaOf(alpha), trial, seed, bestEpoch, ...figures].join();
  });
  return [header, ...rows].join("\n") + "\n";
}
