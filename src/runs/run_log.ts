/**
 * What a training writes while it goes: `metrics.csv` and TensorBoard's event files.
 *
 * @module
 */
import { appendFile, diskError, isMissing, tryWithLock } from "../io/files.ts";
import { scalarRecord, versionRecord } from "../io/tfevents.ts";
import { begunTrials } from "./config.ts";
import { configFile, eventsFile, isEventsFile, metricsFile, trialNumber } from "./file_names.ts";
import { formatRow, type LogEntry, METRICS, rewriteMetrics, sortMetrics } from "./metrics_csv.ts";
import type { Curve, EpochMetrics, RunTrial } from "./trial.ts";

/** The log of a run. */
export interface RunLog {
  /**
   * Logs an epoch (from 1) of some of the run's trials. Writes at once, some 2 ms for 20 trials:
   * what were left to the event loop would wait as long as the GPU blocks it.
   */
  add(epoch: number, entries: readonly LogEntry[]): void;
  /**
   * Writes what waited, and sorts metrics.csv by trial and epoch, so that equal runs have equal files
   * whatever interrupted them and in whatever parts they were made. Nobody else may be writing there.
   */
  sort(): Promise<void>;
  /** The first failure in words; it stopped nothing. */
  failure(): string | undefined;
}

/**
 * Opens the log of trials about to be trained. What an earlier attempt logged of them goes; what trials
 * brought until the checkpoint from which they go on is logged anew.
 *
 * Every trial's folder gets an event file with train/loss, valid/loss, …; the folder above it one with
 * their mean, if all its trials train in one group: those of other runs, before this one or beside it,
 * are its trials too. metrics.csv has a row for each trial and epoch.
 *
 * @param dir The result folder.
 * @param all All trials of the run, finished ones included: a mean is over all or is not written.
 * @param restored The curves so far, by folder, of trials that go on.
 * @throws {Error} naming the file if the disk refuses.
 */
export async function openLog(
  dir: string,
  trials: readonly RunTrial[],
  all: readonly RunTrial[] = trials,
  restored: ReadonlyMap<string, { train: Curve; valid: Curve }> = new Map(),
): Promise<RunLog> {
  const seconds = Math.floor(Date.now() / 1000);
  const groups = Map.groupBy(all.filter(({ folder }) => folder !== "."), above);
  const averaged = new Map<string, boolean>();
  const begun = new Set<string>();
  /** Rows of metrics.csv that wait, because another process writes to it. */
  let rows = "";
  let failure: string | undefined;

  const writeRows = () => {
    const bytes = new TextEncoder().encode(rows);
    rows = "";
    appendFile(metricsFile(dir), bytes);
  };
  const writeEvents = (
    folder: string,
    epoch: number,
    scalars: Record<string, number>,
    trials?: number,
  ) => {
    const now = Date.now() / 1000;
    const records = [scalarRecord(now, epoch, scalars)];
    if (!begun.has(folder)) records.unshift(versionRecord(now));
    begun.add(folder);
    appendFile(eventsFile(`${dir}/${folder}`, seconds, trials), concat(records));
  };
  const writeScalars = (epoch: number, entries: readonly LogEntry[]) => {
    for (const { trial, train, valid } of entries) {
      writeEvents(trial.folder, epoch, { ...tagged("train", train), ...tagged("valid", valid) });
    }
    for (const [folder, members] of groups) {
      const own = entries.filter(({ trial }) => members.includes(trial));
      if (own.length === 0) continue;
      // Later, trials that diverged are missing.
      if (!averaged.has(folder)) averaged.set(folder, own.length === members.length);
      if (!averaged.get(folder)) continue;
      const train = mean(own.map(({ train }) => train)),
        valid = mean(own.map(({ valid }) => valid));
      const scalars = { ...tagged("train", train), ...tagged("valid", valid) };
      writeEvents(folder, epoch, scalars, members.length);
    }
  };
  /** Removes means over a part of a folder's trials; where these are a part, none is written again. */
  const dropParts = () => {
    const known = [...all.map(({ folder }) => folder), ...listBegun(dir)];
    for (const [folder, members] of groups) {
      const { size } = new Set(known.filter((other) => above({ folder: other }) === folder));
      removeEvents(`${dir}/${folder}`, new RegExp(`\\.mean(?!${size}$)`));
      const isPart = size > members.length || trialNumber(nameOf(members[0])) > 0;
      if (isPart) averaged.set(folder, false);
    }
  };
  const note = (error: Error) => void (failure ??= error.message);
  const attempt = (write: () => void) => {
    try {
      write();
    } catch (error) {
      note(error as Error);
    }
  };

  const past = listPast(trials, restored);
  await rewriteMetrics(dir, trials, past);
  for (const { folder } of trials) removeEvents(`${dir}/${folder}`, /\.skreg$/);
  for (const [folder, members] of groups) {
    const isAnew = members.every((trial) => trials.includes(trial));
    if (isAnew) removeEvents(`${dir}/${folder}`, new RegExp(`\\.mean${members.length}$`));
  }
  dropParts();
  for (const [epoch, entries] of past) attempt(() => writeScalars(epoch, entries));
  return {
    add(epoch, entries) {
      rows += entries.map((entry) => formatRow(epoch, entry)).join("");
      attempt(() => tryWithLock(dir, writeRows)); // waiting for another process would block this one
      attempt(dropParts); // another run may have begun trials beside these
      attempt(() => writeScalars(epoch, entries));
    },
    async sort() {
      if (rows !== "") attempt(writeRows);
      attempt(dropParts);
      await sortMetrics(dir).catch(note);
    },
    failure: () => failure,
  };
}

/** The folder above a trial's. */
const above = ({ folder }: { folder: string }) =>
  folder.includes("/") ? folder.replace(/\/.*/, "") : ".";

/** The folders of the trials that this and other runs in a folder have begun, as far as it says. */
function listBegun(dir: string): string[] {
  try {
    return begunTrials(JSON.parse(Deno.readTextFileSync(configFile(dir))));
  } catch {
    return [];
  }
}

/** What trials that go on brought so far, epoch by epoch. */
function listPast(
  trials: readonly RunTrial[],
  restored: ReadonlyMap<string, { train: Curve; valid: Curve }>,
): [epoch: number, entries: LogEntry[]][] {
  const epochs = Math.max(0, ...Array.from(restored.values(), ({ valid }) => valid.length));
  return Array.from({ length: epochs }, (_, i) => [
    i + 1,
    trials.flatMap((trial): LogEntry[] => {
      const { train, valid } = restored.get(trial.folder) ?? {};
      return train?.[i] && valid?.[i] ? [{ trial, train: train[i], valid: valid[i] }] : [];
    }),
  ]);
}

/** A trial's folder without those above it. */
const nameOf = ({ folder }: RunTrial) => folder.replace(/^.*\//, "");

/** Removes event files whose names end so; where there is no folder, there are none. */
function removeEvents(folder: string, end: RegExp): void {
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      if (isEventsFile(name) && end.test(name)) Deno.removeSync(`${folder}/${name}`);
    }
  } catch (error) {
    if (!isMissing(error)) throw diskError("remove the event files in", folder, error);
  }
}

function mean(all: readonly EpochMetrics[]): EpochMetrics {
  const of = (key: keyof EpochMetrics) =>
    all.reduce((sum, metrics) => sum + metrics[key], 0) / all.length;
  return { loss: of("loss"), ce: of("ce"), accuracy: of("accuracy") };
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
