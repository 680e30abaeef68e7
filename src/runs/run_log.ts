/**
 * What a training writes while it goes: `metrics.csv` and TensorBoard's event files.
 *
 * @module
 */
import { appendFile } from "../io/files.ts";
import { tryWithLock } from "../io/lock.ts";
import type { History } from "../training/state.ts";
import { openEventFiles } from "./event_files.ts";
import { metricsFile } from "./file_names.ts";
import {
  formatRow,
  type LogEntry,
  rewriteMetrics,
  sortMetrics,
  type TrialKey,
} from "./metrics_csv.ts";
import type { RunTrial } from "./trial.ts";

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

/** What a log knows of its run besides the trials about to be trained. */
export interface LogOptions {
  /** All trials of the run, finished ones included; default those about to be trained. */
  all?: readonly RunTrial[];
  /** What tells the trials apart; default their numbers. */
  keys?: readonly TrialKey[];
  /** The curves so far of trials that go on, and those of `lost`. */
  restored?: ReadonlyMap<RunTrial, History>;
  /** Finished trials of which metrics.csv does not tell. */
  lost?: readonly RunTrial[];
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
 * @throws {Error} naming the file if the disk refuses.
 */
export async function openLog(
  dir: string,
  trials: readonly RunTrial[],
  { all = trials, keys = ["trial"], restored = new Map(), lost = [] }: LogOptions = {},
): Promise<RunLog> {
  /** Rows of metrics.csv that wait, because another process writes to it. */
  let rows = "";
  const writeRows = () => {
    const bytes = new TextEncoder().encode(rows);
    rows = "";
    appendFile(metricsFile(dir), bytes);
  };
  let failure: string | undefined;
  const note = (error: Error) => void (failure ??= error.message);
  const attempt = (write: () => void) => {
    try {
      write();
    } catch (error) {
      note(error as Error);
    }
  };

  const past = listPast(trials, restored);
  await rewriteMetrics(dir, [...trials, ...lost], keys, [...listPast(lost, restored), ...past]);
  if (lost.length > 0) await sortMetrics(dir);
  const events = openEventFiles(dir, trials, all);
  events.dropParts();
  for (const [epoch, entries] of past) attempt(() => events.write(epoch, entries));
  return {
    add(epoch, entries) {
      rows += entries.map((entry) => formatRow(keys, epoch, entry)).join("");
      attempt(() => tryWithLock(dir, writeRows)); // waiting for another process would block this one
      attempt(events.dropParts); // another run may have begun trials beside these
      attempt(() => events.write(epoch, entries));
    },
    async sort() {
      if (rows !== "") attempt(writeRows);
      attempt(events.dropParts);
      await sortMetrics(dir).catch(note);
    },
    failure: () => failure,
  };
}

/** What trials that go on brought so far, epoch by epoch. */
function listPast(
  trials: readonly RunTrial[],
  restored: ReadonlyMap<RunTrial, History>,
): [epoch: number, entries: LogEntry[]][] {
  const lengths = trials.map((trial) => restored.get(trial)?.valid.length ?? 0);
  const epochs = lengths.reduce((most, length) => Math.max(most, length), 0);
  return Array.from({ length: epochs }, (_, i) => [
    i + 1,
    trials.flatMap((trial): LogEntry[] => {
      const { train, valid } = restored.get(trial) ?? {};
      return train?.[i] && valid?.[i] ? [{ trial, train: train[i], valid: valid[i] }] : [];
    }),
  ]);
}
