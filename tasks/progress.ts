/**
 * What training prints: a block at the start, a line an epoch.
 *
 * @module
 */
import type { EpochReport, Gpu, Metrics } from "../mod.ts";

/** One line on the adapter, with a warning where it is a CPU. */
export function describeAdapter({ adapter }: Gpu): string {
  const warning = adapter.software ? " (a software adapter: a real GPU is far faster)" : "";
  return `adapter     ${adapter.name}${warning}`;
}

/** One line on the data. */
export function describeData(folder: string, classes: string[], counts: string): string {
  return `data        ${folder}: ${classes.length} classes, ${counts}`;
}

/** One line on the networks that are trained side by side, and why not more of them. */
export function describeGroup(
  what: "trials" | "seeds",
  first: number,
  count: number,
  all: number,
  parameterCount: number,
): string {
  const which = count === 1 ? `${first}` : `${first} … ${first + count - 1}`;
  const why = count < all
    ? ` (${all} at once exceed the memory set aside, so they train in groups)`
    : "";
  return `${what.padEnd(12)}${which}: ${count} × ${parameterCount} parameters${why}`;
}

/** One line an epoch, Keras' way: means over the trials trained side by side. */
export function describeEpoch(
  { epoch, trials, seconds }: EpochReport,
  epochs: number,
  trainImages: number,
): string {
  const mean = (part: "train" | "valid", key: keyof Metrics) =>
    trials.reduce((sum, trial) => sum + trial[part][key], 0) / trials.length;
  const figures = (part: "train" | "valid") =>
    (["loss", "ce", "accuracy"] as const).map((key) => `${key} ${mean(part, key).toFixed(4)}`)
      .join(" ");
  const rate = trials.length * trainImages / seconds.train;
  return `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  ` +
    `train ${figures("train")}  valid ${figures("valid")}  ${rate.toFixed(0)} images/s`;
}
