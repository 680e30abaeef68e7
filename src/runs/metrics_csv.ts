/**
 * `metrics.csv` of a training: a row for each trial and epoch.
 *
 * @module
 */
import { exists, readFile, writeText } from "../io/files.ts";
import { metricsFile } from "./file_names.ts";
import type { EpochMetrics, RunTrial } from "./trial.ts";

/** One trial's epoch. */
export interface LogEntry {
  trial: RunTrial;
  train: EpochMetrics;
  valid: EpochMetrics;
}

/** What is measured on each split. */
export const METRICS = ["loss", "ce", "accuracy"] as const;

/** A trial's epoch as a line. */
export function formatRow(epoch: number, { trial, train, valid }: LogEntry): string {
  const values = [train, valid].flatMap((metrics) => METRICS.map((key) => metrics[key]));
  return [...Object.values(trial.keys), epoch, ...values].join() + "\n";
}

/**
 * Writes metrics.csv anew: its first line, the whole rows of other trials, and what is known of these.
 *
 * @param trials Those about to be trained; they have the same keys.
 * @param past What they brought so far, epoch by epoch.
 * @throws {Failure} naming the file if the disk refuses.
 */
export async function rewriteMetrics(
  dir: string,
  trials: readonly RunTrial[],
  past: readonly [epoch: number, entries: LogEntry[]][],
): Promise<void> {
  if (trials.length === 0) return;
  const path = metricsFile(dir);
  const names = ["train", "valid"].flatMap((split) => METRICS.map((key) => `${split}_${key}`));
  const keys = Object.keys(trials[0].keys);
  const header = [...keys, "epoch", ...names].join();
  const known = await exists(path);
  const text = known ? new TextDecoder().decode(await readFile(path)) : header;
  const [first, ...rows] = text.split(/\r?\n/);
  const own = new Set(trials.map(({ keys }) => Object.values(keys).join()));
  const cells = header.split(",").length;
  const kept = rows.filter((row) =>
    row.split(",").length === cells && !own.has(row.split(",", keys.length).join())
  );
  const lines = [header, ...first === header ? kept : []].map((line) => `${line}\n`);
  const added = past.flatMap(([epoch, entries]) => entries.map((entry) => formatRow(epoch, entry)));
  await writeText(path, [...lines, ...added].join(""));
}

/** Sorts the rows by trial and epoch. @throws {Failure} naming the file if the disk refuses. */
export async function sortMetrics(dir: string): Promise<void> {
  const path = metricsFile(dir);
  const [header, ...rows] = new TextDecoder().decode(await readFile(path)).split(/\r?\n/);
  const keys = header.split(",").indexOf("epoch") + 1;
  const sorted = rows.filter((row) => row !== "")
    .map((row) => ({ row, cells: row.split(",", keys) }))
    .sort((a, b) => compareCells(a.cells, b.cells));
  await writeText(
    path,
    [header, ...sorted.map(({ row }) => row)].map((row) => `${row}\n`).join(""),
  );
}

/** By the first cells that differ: numbers by size, words by letter. */
function compareCells(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((cell, i) => cell !== b[i]);
  if (at < 0) return 0;
  return Number(a[at]) - Number(b[at]) || (a[at] < b[at] ? -1 : 1);
}
