/**
 * `metrics.csv` of a training: a row for each trial and epoch.
 *
 * @module
 */
import { exists, readText, writeText } from "../io/files.ts";
import type { Metrics } from "../training/metrics.ts";
import { metricsFile } from "./file_names.ts";
import type { RunTrial } from "./trial.ts";

/** One trial's epoch. */
export interface LogEntry {
  trial: RunTrial;
  train: Metrics;
  valid: Metrics;
}

/** What may tell the trials of a run apart: the first columns of metrics.csv. */
export type TrialKey = "mode" | "alpha" | "trial";

/** The parts of the data that an epoch is measured on. */
export const SPLITS = ["train", "valid"] as const;
/** What is measured on a part of the data. */
export const METRICS = ["loss", "ce", "accuracy"] as const satisfies (keyof Metrics)[];

/** A trial's epoch as a line. */
export function formatRow(keys: readonly TrialKey[], epoch: number, entry: LogEntry): string {
  const values = SPLITS.flatMap((split) => METRICS.map((key) => entry[split][key]));
  return [...keys.map((key) => entry.trial[key]), epoch, ...values].join() + "\n";
}

/**
 * Writes metrics.csv anew: its first line, the whole rows of other trials, and what is known of these.
 *
 * @param trials Those about to be trained.
 * @param keys What tells the trials apart.
 * @param past What the trials brought so far, epoch by epoch.
 * @throws {Failure} naming the file if the disk refuses.
 */
export async function rewriteMetrics(
  dir: string,
  trials: readonly RunTrial[],
  keys: readonly TrialKey[],
  past: readonly [epoch: number, entries: LogEntry[]][],
): Promise<void> {
  if (trials.length === 0) return;
  const path = metricsFile(dir);
  const names = SPLITS.flatMap((split) => METRICS.map((key) => `${split}_${key}`));
  const header = [...keys, "epoch", ...names].join();
  const text = await exists(path) ? await readText(path) : header;
  const [first, ...rows] = text.split(/\r?\n/);
  const own = new Set(trials.map((trial) => keys.map((key) => trial[key]).join()));
  const cells = header.split(",").length;
  const kept = rows.filter((row) =>
    row.split(",").length === cells && !own.has(row.split(",", keys.length).join())
  );
  const lines = [header, ...first === header ? kept : []].map((line) => `${line}\n`);
  const added = past.flatMap(([epoch, entries]) =>
    entries.map((entry) => formatRow(keys, epoch, entry))
  );
  await writeText(path, [...lines, ...added].join(""));
}

/**
 * Sorts the rows by trial and epoch, of which each is kept once: where no lock kept two processes apart, both
 * may have written it.
 *
 * @throws {Failure} naming the file if the disk refuses.
 */
export async function sortMetrics(dir: string): Promise<void> {
  const path = metricsFile(dir);
  const [header, ...rows] = (await readText(path)).split(/\r?\n/);
  const keys = header.split(",").indexOf("epoch") + 1;
  const last = new Map(
    rows.filter((row) => row !== "").map((row) => [row.split(",", keys).join(), row]),
  );
  const sorted = Array.from(last, ([cells, row]) => ({ row, cells: cells.split(",") }))
    .sort((a, b) => compareCells(a.cells, b.cells));
  const lines = [header, ...sorted.map(({ row }) => row)].map((row) => `${row}\n`);
  await writeText(path, lines.join(""));
}

/** By the first cells that differ: numbers by size, words by letter. */
function compareCells(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((cell, i) => cell !== b[i]);
  if (at < 0) return 0;
  return Number(a[at]) - Number(b[at]) || (a[at] < b[at] ? -1 : 1);
}

/**
 * Finds the trials whose rows are not all there: where parts were made in folders of their own, metrics.csv
 * knows one of them.
 *
 * @param trials Finished ones, which have so many epochs each.
 */
export async function listUnlogged<T extends RunTrial>(
  dir: string,
  trials: readonly T[],
  keys: readonly TrialKey[],
  epochs: number,
): Promise<T[]> {
  const path = metricsFile(dir);
  const text = await exists(path) ? await readText(path) : "";
  const counts = new Map<string, number>();
  for (const row of text.split(/\r?\n/)) {
    const trial = row.split(",", keys.length).join();
    counts.set(trial, (counts.get(trial) ?? 0) + 1);
  }
  return trials.filter((trial) => counts.get(keys.map((key) => trial[key]).join()) !== epochs);
}
