/**
 * L2 against SK-reg: which results can be compared, and by how much they differ.
 *
 * @module
 */
import type { Phase2File, Prediction } from "../runs/result_schemas.ts";
import type { GridResult, Phase2Result, Result } from "../runs/results.ts";
import { pairedDifference, type SampleSummary, summarizeSample } from "./statistics.ts";

/** The test results of one penalty. */
export interface Tested {
  /** The result folder. */
  dir: string;
  /** The penalty. */
  mode: "l2" | "sk";
  /** Its strength. */
  alpha: number;
  /** 0.05·α. */
  lambda: number;
  /** Over the trials. */
  ce: SampleSummary;
  /** Over the trials, in [0, 1]. */
  accuracy: SampleSummary;
  /** By number. */
  trials: { trial: number; seed: number; ce: number; accuracy: number }[];
  /** What its trials said about every test image and copy; empty where it was not kept. */
  predictions: Prediction[];
}

/** A mean difference with its confidence interval. */
export interface Interval {
  /** SK − L2. */
  mean: number;
  /** Of the mean. */
  standardError: number;
  /** The lower end. */
  low: number;
  /** The upper end. */
  high: number;
}

/** Two results with the same data and seeds. */
export interface Comparison {
  /** With plain L2. */
  l2: Tested;
  /** With the smooth-kernel prior. */
  sk: Tested;
  /** The intervals' chance to hold the true difference. */
  confidence: number;
  /** SK − L2 over pairs of equal seeds; null for fewer than two. */
  difference: { pairs: number; ce: Interval; accuracy: Interval } | null;
}

/** The test results of a folder, one a mode. */
export function testedModes(result: Result): Tested[] {
  if (result.kind === "phase2") return [testedPhase2(result)];
  if (result.kind === "grid") return testedGrid(result);
  return [];
}

/**
 * Pairs the L2 and SK-reg results that can be compared: those of one grid, and every two folders of
 * phase 2 with equal seeds, classes, images, epochs and batches.
 */
export function compareModes(results: readonly Result[]): Comparison[] {
  const phase2 = results.filter((result) => result.kind === "phase2");
  const inMode = (mode: string) => phase2.filter(({ summary }) => summary.mode === mode);
  return [
    ...results.filter((result) => result.kind === "grid").flatMap(compareGrid),
    ...inMode("l2").flatMap((l2) =>
      inMode("sk").filter((sk) => likeness(l2.summary) === likeness(sk.summary))
        .map((sk) => comparePhase2(testedPhase2(l2), testedPhase2(sk)))
    ),
  ];
}

function compareGrid(result: GridResult): Comparison[] {
  const [l2, sk] = ["l2", "sk"].map((mode) => testedGrid(result).find((one) => one.mode === mode));
  if (!l2 || !sk || !result.grid) return [];
  const { confidence, comparison: difference } = result.grid;
  return [{ l2, sk, confidence, difference }];
}

function comparePhase2(l2: Tested, sk: Tested): Comparison {
  const confidence = 0.95;
  const partners = l2.trials.map(({ seed }) => sk.trials.find((trial) => trial.seed === seed)!);
  const [ce, accuracy] = (["ce", "accuracy"] as const).map((key) =>
    pairedDifference(
      l2.trials.map((trial) => trial[key]),
      partners.map((trial) => trial[key]),
      confidence,
    )
  );
  const difference = ce && accuracy && { pairs: ce.pairs, ce, accuracy };
  return { l2, sk, confidence, difference };
}

/** Equal for summaries whose tests may be compared pair by pair. */
function likeness({ epochs, batch, trials, model, settings }: Phase2File): string {
  const { size, normalize, data } = settings;
  const seeds = trials.map(({ seed }) => seed).sort((a, b) => a - b);
  return JSON.stringify([epochs, batch, seeds, model?.classes, size, normalize, data]);
}

function testedPhase2({ dir, summary, predictions }: Phase2Result): Tested {
  const { mode, alpha, lambda } = summary;
  const trials = summary.trials.map(({ trial, seed, test }) => ({ trial, seed, ...test }));
  const [ce, accuracy] = (["ce", "accuracy"] as const).map((key) =>
    summarizeSample(trials.map((trial) => trial[key]))
  );
  return { dir, mode, alpha, lambda, ce, accuracy, trials, predictions };
}

function testedGrid({ dir, summary, grid, predictions }: GridResult): Tested[] {
  const trials = new Map(summary.trials.map((trial) => [trial.folder, trial]));
  return (grid?.test ?? []).map((tested) => ({
    ...{ dir, ...tested },
    predictions: predictions.filter(({ folder }) => {
      const trial = trials.get(folder);
      return trial?.mode === tested.mode && trial.alpha === tested.alpha;
    }),
  }));
}
