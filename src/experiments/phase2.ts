/**
 * Phase 2: learn new classes from few images, with plain L2 or with the smooth-kernel prior.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { writeJson, writeText } from "../io/files.ts";
import { withLock } from "../io/lock.ts";
import { summarizeFigures } from "../report/comparison.ts";
import { drawCurves } from "../report/draw_curves.ts";
import * as files from "../runs/file_names.ts";
import type { Phase2Summary } from "../runs/summaries.ts";
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
import { lambdaOf, lastL2Of } from "./penalty.ts";
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

/** What phase 2 trains, and where it reads and writes. */
export interface Phase2Options extends NewClassesOptions {
  /** "l2": λ·Σw². "sk": λ·Σ wᵀSw, and kernels start as draws from the fitted Gaussians. */
  mode: files.Mode;
  /** Strength of the penalty, λ / 0.05; the paper chose 4.29 for L2 and 2.57 for SK. */
  alpha: number;
}

/**
 * Trains all trials side by side, tests each at its best epoch, and writes the results; metrics.csv
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
  checkOptions(options);
  const { resultsDir, seed } = newClassesDefaults(options);
  const plan = (data: NewClasses) => planTrials(options, data);
  return await learnNewClasses(gpu, options, [options.mode], on, plan, async (taught) => {
    const { gpu, data, run, banks, watch } = taught;
    const trials = await readLearned(resultsDir, run.trials, seed);
    const test = () => testTrials(gpu, data, banks.test, { ...options, trials });
    const tested = await watch.time("testing", test);
    const summary = summarize(options, tested, taught);
    const curves = await drawCurves(trials.map(({ history }) => history));
    const confusion = await drawTested(tested, options, data.model.classes);
    await withLock(resultsDir, async () => { // a run that begins beside it removes what is half written
      await writeText(files.curvesFile(resultsDir), curves);
      await writeText(files.confusionFile(resultsDir), confusion);
      await writePredictions(resultsDir, tested);
      await writeJson(files.summaryFile(resultsDir), summary);
    });
    return summary;
  });
}

/** @throws {RangeError} When the mode, α or the number of trials is out of range. */
function checkOptions({ mode, alpha, trials = TRIALS.phase2, firstTrial = 0 }: Phase2Options) {
  if (mode !== "l2" && mode !== "sk") {
    throw new RangeError(`Cannot train phase 2: mode "${mode}" is neither "l2" nor "sk"`);
  }
  if (!(alpha >= 0 && alpha < Infinity) || !Number.isSafeInteger(trials) || trials < 1) {
    throw new RangeError(
      `Cannot train phase 2: α ${alpha} must be a number ≥ 0 and trials ${trials} at least 1`,
    );
  }
  checkFirstTrial(firstTrial);
}

/** λ of L2 on the last dense layer. */
const denseStrength = ({ mode, denseL2 }: Phase2Options) => denseL2 ?? lastL2Of(mode);

function planTrials(options: Phase2Options, data: NewClasses): FolderPlan<NewTrial> {
  const { mode, alpha, trials: count = 1, firstTrial } = options;
  const shared = newClassesDefaults(options), denseL2 = denseStrength(options);
  const folders = count > 1 || firstTrial !== undefined, first = firstTrial ?? 0;
  return {
    task: "phase2",
    trials: Array.from({ length: count }, (_, i) => ({
      folder: folders ? files.trialName(first + i) : ".",
      trial: first + i,
      mode,
      alpha,
    })),
    settings: { ...data.settings, mode, alpha, denseL2, folders },
    // `seeds` is the file's word for trials
    record: {
      mode,
      alpha,
      seeds: count,
      firstTrial: first,
      ...shared,
      denseL2,
      prior: data.prior?.used,
    },
  };
}

/** summary.json, of what was tested and what all summaries of new classes say. */
function summarize(
  options: Phase2Options,
  tested: readonly TestedTrial<Learned<NewTrial>>[],
  taught: TaughtRun,
): Phase2Summary {
  const { adapter, seconds, time, ...rest } = summarizeRun(taught);
  const { mode, alpha } = options, { epochs, batch } = newClassesDefaults(options);
  const { ce, accuracy } = summarizeFigures(tested.map(({ figures }) => figures));
  return {
    adapter,
    mode,
    alpha,
    lambda: lambdaOf(alpha),
    denseL2: denseStrength(options),
    epochs,
    batch,
    seconds,
    time,
    trials: tested.map(({ trial: { summary }, figures }) => ({ ...summary, test: figures })),
    mean: { ce: ce.mean, accuracy: accuracy.mean },
    standardError: tested.length < 2
      ? null
      : { ce: ce.standardError!, accuracy: accuracy.standardError! },
    ...rest,
  };
}
