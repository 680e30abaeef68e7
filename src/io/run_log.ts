/**
 * What a training writes while it goes: `metrics.csv` and TensorBoard's event files.
 *
 * @module
 */
import { appendFile, readFile, withLockSync, writeText } from "./files.ts";
import { eventsFile, isEventsFile, metricsFile } from "./run_folder.ts";
import { scalarRecord, versionRecord } from "./tfevents.ts";
import type { Curve, EpochMetrics } from "./trial.ts";

/** A trial of a run. */
export interface RunTrial {
  /** Its folder inside the result folder, e.g. "trial000"; "." for a single network. */
  folder: string;
  /** What tells it apart from the others, e.g. { trial: 3 }: the first columns of metrics.csv. */
  keys: Readonly<Record<string, string | number>>;
}

/** One trial's epoch. */
export interface LogEntry {
  trial: RunTrial;
  train: EpochMetrics;
  valid: EpochMetrics;
}

/** The log of a run. */
export interface RunLog {
  /**
   * Logs an epoch (from 1) of some of the run's trials. Writes at once, some 2 ms for 20 trials:
   * what were left to the event loop would wait as long as the GPU blocks it.
   */
  add(epoch: number, entries: readonly LogEntry[]): void;
  /** The first failure in words; it stopped nothing. */
  failure(): string | undefined;
}

const METRICS = ["loss", "ce", "accuracy"] as const;

/**
 * Opens the log of trials about to be trained. What an earlier attempt logged of them goes, except the
 * epochs of trials that go on from a checkpoint.
 *
 * Every trial's folder gets an event file with train/loss, valid/loss, …; the folder above it one
 * with the mean over its trials, as soon as all of them have finished an epoch. metrics.csv has a
 * row for each trial and epoch.
 *
 * @param dir The result folder.
 * @param restored The curves so far, by folder, of trials that go on.
 * @throws {Error} naming the file if the disk refuses.
 */
export async function openLog(
  dir: string,
  trials: readonly RunTrial[],
  restored: ReadonlyMap<string, { train: Curve; valid: Curve }> = new Map(),
): Promise<RunLog> {
  const seconds = Math.floor(Date.now() / 1000);
  const above = ({ folder }: RunTrial) => folder.includes("/") ? folder.replace(/\/.*/, "") : ".";
  const groups = Map.groupBy(trials.filter(({ folder }) => folder !== "."), above);
  const means = new Map<string, { count: number; sums: Record<string, number> }>();
  const begun = new Set<string>();
  let failure: string | undefined;

  await forget(dir, trials, restored);

  const writeEvents = (folder: string, epoch: number, scalars: Record<string, number>) => {
    const now = Date.now() / 1000;
    const records = [scalarRecord(now, epoch, scalars)];
    if (!begun.has(folder)) records.unshift(versionRecord(now));
    begun.add(folder);
    appendFile(eventsFile(`${dir}/${folder}`, seconds), concat(records));
  };
  const writeRows = (epoch: number, entries: readonly LogEntry[]) => {
    const rows = entries.map(({ trial, train, valid }) =>
      [
        ...Object.values(trial.keys),
        epoch,
        ...METRICS.map((key) => train[key]),
        ...METRICS.map((key) => valid[key]),
      ].join() + "\n"
    );
    const bytes = new TextEncoder().encode(rows.join(""));
    withLockSync(dir, () => appendFile(metricsFile(dir), bytes));
  };
  const writeScalars = (epoch: number, entries: readonly LogEntry[]) => {
    for (const { trial, train, valid } of entries) {
      const scalars = { ...tagged("train", train), ...tagged("valid", valid) };
      writeEvents(trial.folder, epoch, scalars);
      if (trial.folder === ".") continue;
      const group = above(trial), id = `${group} ${epoch}`;
      const mean = means.get(id) ?? { count: 0, sums: {} };
      mean.count++;
      for (const [tag, value] of Object.entries(scalars)) {
        mean.sums[tag] = (mean.sums[tag] ?? 0) + value;
      }
      means.set(id, mean);
      const { length } = groups.get(group) ?? [];
      if (mean.count !== length) continue;
      means.delete(id);
      const parts = Object.entries(mean.sums).map(([tag, sum]) => [tag, sum / length]);
      writeEvents(group, epoch, Object.fromEntries(parts));
    }
  };
  const attempt = (write: () => void) => {
    try {
      write();
    } catch (error) {
      failure ??= (error as Error).message;
    }
  };

  const entriesOf = (epoch: number) =>
    trials.flatMap((trial): LogEntry[] => {
      const history = restored.get(trial.folder);
      if (!history || history.valid.length < epoch) return [];
      return [{ trial, train: history.train[epoch - 1], valid: history.valid[epoch - 1] }];
    });
  const epochs = Math.max(0, ...Array.from(restored.values(), ({ valid }) => valid.length));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    attempt(() => writeScalars(epoch, entriesOf(epoch)));
  }
  return {
    add(epoch, entries) {
      attempt(() => writeRows(epoch, entries));
      attempt(() => writeScalars(epoch, entries));
    },
    failure: () => failure,
  };
}

/**
 * Removes the event files of trials, and their rows but those of restored epochs; makes metrics.csv, with
 * its first line, if missing.
 */
async function forget(
  dir: string,
  trials: readonly RunTrial[],
  restored: ReadonlyMap<string, { valid: Curve }>,
): Promise<void> {
  if (trials.length === 0) return;
  const path = metricsFile(dir);
  const splits = ["train", "valid"].flatMap((split) => METRICS.map((key) => `${split}_${key}`));
  const header = [...Object.keys(trials[0].keys), "epoch", ...splits].join();
  const known = await Deno.stat(path).then(() => true, () => false);
  const [first, ...rows] = known
    ? new TextDecoder().decode(await readFile(path)).split("\n")
    : [header];
  const epochs = new Map(trials.map(({ folder, keys }) => [
    Object.values(keys).join(),
    restored.get(folder)?.valid.length ?? 0,
  ]));
  const columns = Object.keys(trials[0].keys).length;
  const kept = rows.filter((row) => {
    const cells = row.split(",", columns + 1);
    return row && !(Number(cells.pop()) > (epochs.get(cells.join()) ?? Infinity));
  });
  const lines = first === header ? [header, ...kept] : [header];
  await writeText(path, lines.join("\n") + "\n");
  for (const { folder } of trials) {
    for await (const { name } of readFolder(`${dir}/${folder}`)) {
      if (isEventsFile(name)) await Deno.remove(`${dir}/${folder}/${name}`);
    }
  }
}

async function* readFolder(path: string): AsyncGenerator<Deno.DirEntry> {
  if (await Deno.stat(path).catch(() => null)) yield* Deno.readDir(path);
}

function tagged(split: string, metrics: EpochMetrics): Record<string, number> {
  return Object.fromEntries(METRICS.map((key) => [`${split}/${key}`, metrics[key]]));
}

function concat(parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
