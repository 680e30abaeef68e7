/**
 * L2 against SK-reg: which results can be compared, and by how much they differ.
 *
 * @module
 */
import type { Prediction } from "../runs/result_schemas.ts";
import type { GridResult, Phase2Result, Result } from "../runs/results.ts";
import type { GridFigures, GridFindings, TestFigures } from "../runs/summaries.ts";
import { CONFIDENCE, pairedDifference, summarizeSample } from "./statistics.ts";

const FIGURES = ["ce", "accuracy"] as const;

/** The test results of one penalty. */
export interface Tested extends GridFigures {
  /** The result folder. */
  dir: string;
  /** Its trials, by number. */
  trials: GridFindings["test"][number]["trials"];
  /** What its trials said about every test image and copy; empty where it was not kept. */
  predictions: Prediction[];
}

/** Two results with the same data and seeds. */
export interface Comparison {
  /** The result with plain L2. */
  l2: Tested;
  /** The result with the smooth-kernel prior. */
  sk: Tested;
  /** The intervals' chance to hold the true difference. */
  confidence: number;
  /** SK − L2 over pairs of equal seeds; null for fewer than two. */
  difference: GridFindings["comparison"];
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
  const partners = l2.trials.map(({ seed }) => sk.trials.find((trial) => trial.seed === seed)!);
  return { l2, sk, confidence: CONFIDENCE, difference: compareFigures(l2.trials, partners) };
}

/** Second − first, pair by pair, with its interval (statistics.ts); null for fewer than two pairs. */
export function compareFigures(
  first: readonly TestFigures[],
  second: readonly TestFigures[],
): GridFindings["comparison"] {
  const [ce, accuracy] = FIGURES.map((key) =>
    pairedDifference(first.map((it) => it[key]), second.map((it) => it[key]))
  );
  if (!ce || !accuracy) return null;
  const { pairs, ...ceInterval } = ce, { pairs: _, ...accuracyInterval } = accuracy;
  return { pairs, ce: ceInterval, accuracy: accuracyInterval };
}

/** The means of some trials' figures and their standard errors. */
export function summarizeFigures(
  figures: readonly TestFigures[],
): Pick<GridFigures, "ce" | "accuracy"> {
  const [ce, accuracy] = FIGURES.map((key) => summarizeSample(figures.map((it) => it[key])));
  return { ce, accuracy };
}

/** Equal for summaries whose tests may be compared pair by pair. */
function likeness({ epochs, batch, trials, model, settings }: Phase2Result["summary"]): string {
  const { network = "paper", size, normalize, data } = settings;
  const { rotate = 30, shift = 19, flip = true, fb = false } = settings;
  const seeds = trials.map(({ seed }) => seed).sort((a, b) => a - b);
  const seen = [network, size, normalize, rotate, shift, flip, fb];
  return JSON.stringify([epochs, batch, seeds, model?.classes, ...seen, data]);
}

function testedPhase2({ dir, summary, predictions }: Phase2Result): Tested {
  const { mode, alpha, lambda } = summary;
  const trials = summary.trials.map(({ trial, seed, test }) => ({ trial, seed, ...test }));
  return { dir, mode, alpha, lambda, ...summarizeFigures(trials), trials, predictions };
}

function testedGrid({ dir, summary, grid, predictions }: GridResult): Tested[] {
  const trials = new Map(summary.trials.map((trial) => [trial.folder, trial]));
  return (grid?.test ?? []).map((tested) => ({
    dir,
    ...tested,
    predictions: predictions.filter(({ folder }) => {
      const trial = trials.get(folder);
      return trial?.mode === tested.mode && trial.alpha === tested.alpha;
    }),
  }));
}
