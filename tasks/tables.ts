/**
 * The result tables that more than one task prints.
 *
 * @module
 */
import type {
  FitSummary,
  FoundTensor,
  GridFigures,
  GridFindings,
  Phase2Summary,
  SampleSummary,
  TimeSplit,
  TrialSummary,
} from "../mod.ts";
import { AXES } from "../src/io/kernel_axes.ts";
import { formatTable } from "../src/report/table.ts";

/** Held-out log-likelihoods per layer (SPEC §6). */
export function formatFit({ layers }: FitSummary): string {
  return formatTable(
    ["layer", "rank", "samples", "dimensions", "tikhonov", "independent", "correlated"],
    layers.map(({ name, rank, samples, dimensions, tikhonov, logLikelihood }) => [
      name,
      ...[rank, samples, dimensions].map(String),
      tikhonov.toExponential(2),
      logLikelihood.independent.toFixed(2),
      logLikelihood.correlated.toFixed(2),
    ]),
  );
}

/** Why layers have the rank that they have, a line a reason. */
export function formatRanks({ layers }: FitSummary): string {
  const alike = Map.groupBy(layers, ({ rank, reason }) => JSON.stringify([rank, reason]));
  return [...alike.values()].map((layers) => {
    const [{ rank, reason }] = layers;
    return `rank ${rank} for ${layers.map(({ name }) => name).join(", ")}: ${reason}`;
  }).join("\n");
}

/** The tensors of four axes in weights files; how they are stored, and why some are not fitted. */
export function formatTensors(tensors: readonly FoundTensor[]): string {
  const table = formatTable(
    ["tensor", "shape", "kernel", "channels", "filters", "samples", "layer"],
    tensors.map(({ name, stored, rows, columns, channels, filters, samples, layer }) => [
      ...[name, stored[0].shape.join("×"), `${rows}×${columns}`],
      ...[channels, filters, samples].map(String),
      layer ?? "-",
    ]),
  );
  const places = Map.groupBy(tensors.flatMap(({ stored }) => stored), ({ order }) => order);
  const axes = [...places].map(([order, stored]) =>
    `axes ${order}, ${AXES[order]}: ${[...new Set(stored.map(({ file }) => file))].join(", ")}`
  );
  const left = tensors.filter(({ layer }) => layer === undefined);
  const faults = [...Map.groupBy(left, ({ reason }) => reason)].map(([reason, alike]) =>
    `not fitted: ${alike.map(({ name }) => name).join(", ")}: ${reason}`
  );
  return [table, ...axes, ...faults].join("\n");
}

/** The figures of each trial of phase 1 at its best epoch. */
export function formatPhase1(trials: readonly TrialSummary[]): string {
  return formatTable(
    ["trial", "best epoch", "train ce", "train accuracy", "valid ce", "valid accuracy"],
    trials.map(({ trial, bestEpoch, train, valid }) => {
      const figures = [train.ce, train.accuracy, valid.ce, valid.accuracy];
      return [String(trial), String(bestEpoch), ...figures.map((value) => value.toFixed(4))];
    }),
  );
}

/** Test figures of one or more phase 2 runs, mean ± standard error over the trials. */
export function formatPhase2(runs: readonly Phase2Summary[]): string {
  return formatTable(
    ["mode", "alpha", "lambda", "trials", "test accuracy", "test ce"],
    runs.map(({ mode, alpha, lambda, trials, mean, standardError }) => [
      mode,
      ...[alpha, lambda].map((value) => value.toPrecision(3)),
      String(trials.length),
      ...(["accuracy", "ce"] as const).map((key) =>
        mean[key].toFixed(4) + (standardError ? ` ± ${standardError[key].toFixed(4)}` : "")
      ),
    ]),
  );
}

/** What a grid found: by α, at the best α of each mode, and the paired comparison. */
export function formatGrid({ validation, test, comparison, confidence }: GridFindings): string {
  const figure = ({ mean, standardError }: SampleSummary) =>
    mean.toFixed(4) + (standardError === null ? "" : ` ± ${standardError.toFixed(4)}`);
  const row = (
    { mode, alpha, ce, accuracy }: GridFigures,
    trials: number,
  ) => [mode, String(alpha), String(trials), figure(ce), figure(accuracy)];
  const searched = validation.map((cell) => {
    const isBest = test.some(({ mode, alpha }) => mode === cell.mode && alpha === cell.alpha);
    return [...row(cell, cell.seeds), isBest ? "best" : ""];
  });
  const chosen = test.map((cell) => row(cell, cell.trials.length));
  const parts = [
    "validation, mean ± standard error over the trials",
    formatTable(["mode", "alpha", "trials", "valid ce", "valid accuracy", ""], searched),
    "\ntest images, at each mode's α of lowest validation cross-entropy",
    formatTable(["mode", "alpha", "trials", "test ce", "test accuracy"], chosen),
  ];
  if (comparison) {
    const { pairs, ce, accuracy } = comparison;
    const percent = 100 * confidence;
    parts.push(
      `\nSK − L2 on the test images, paired over ${pairs} seeds`,
      formatTable(
        ["", "difference", "standard error", `${percent} % interval`],
        Object.entries({ "cross-entropy": ce, accuracy }).map(([name, difference]) => [
          name,
          difference.mean.toFixed(4),
          difference.standardError.toFixed(4),
          `${difference.low.toFixed(4)} … ${difference.high.toFixed(4)}`,
        ]),
      ),
    );
  }
  return parts.join("\n");
}

/**
 * Where the time of a whole command went, in seconds and as a share; what did not occur is left out.
 *
 * @param starting Before the experiment began: Deno, its modules, the GPU.
 * @param total From the start of the process to its end, what the experiment does not know included.
 */
export function formatTime(starting: number, time: TimeSplit, total: number): string {
  const { other: _, ...parts } = time;
  const rows = Object.entries({ starting, ...parts }).filter(([, seconds]) => seconds > 0);
  const other = total - rows.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (other > 0.01 * total) rows.push(["other", other]);
  return formatTable(
    ["time", "seconds", "share"],
    [...rows, ["total", total] as const].map(([part, seconds]) => [
      part,
      seconds.toFixed(2),
      `${(100 * seconds / total).toFixed(1)} %`,
    ]),
  );
}
