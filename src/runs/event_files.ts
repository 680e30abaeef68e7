/**
 * TensorBoard's event files of a training: one in the folder of each trial, and one in the folder above
 * with the mean over its trials.
 *
 * @module
 */
import { appendFile, diskError, isMissing } from "../io/files.ts";
import { scalarRecord, versionRecord } from "../io/tfevents.ts";
import { begunTrials } from "./config.ts";
import { configFile, eventsFile, isEventsFile } from "./file_names.ts";
import { type LogEntry, METRICS, SPLITS } from "./metrics_csv.ts";
import type { RunTrial } from "./trial.ts";

/**
 * Makes place for the event files of trials about to be trained: removes what earlier attempts at them
 * left, and the mean where they are all of a folder's.
 *
 * @param all All trials of the run.
 * @throws {Error} naming the folder if the disk refuses.
 */
export function openEventFiles(
  dir: string,
  trials: readonly RunTrial[],
  all: readonly RunTrial[],
) {
  const seconds = Math.floor(Date.now() / 1000);
  const groups = Map.groupBy(all.filter(({ folder }) => folder !== "."), above);
  const averaged = new Map<string, boolean>();
  const begun = new Set<string>();
  const append = (folder: string, epoch: number, entries: readonly LogEntry[], trials?: number) => {
    const now = Date.now() / 1000;
    const records = [scalarRecord(now, epoch, meansOf(entries))];
    if (!begun.has(folder)) records.unshift(versionRecord(now));
    begun.add(folder);
    appendFile(
      eventsFile(`${dir}/${folder}`, seconds, trials),
      Uint8Array.from(records.flatMap((record) => [...record])),
    );
  };

  for (const { folder } of trials) removeEvents(`${dir}/${folder}`, /\.skreg$/);
  for (const [folder, members] of groups) {
    const isAnew = members.every((trial) => trials.includes(trial));
    if (isAnew) removeEvents(`${dir}/${folder}`, new RegExp(`\\.mean${members.length}$`));
  }
  return {
    /** Writes an epoch of some trials; of folders all of whose trials train together the mean too. */
    write(epoch: number, entries: readonly LogEntry[]): void {
      for (const entry of entries) append(entry.trial.folder, epoch, [entry]);
      for (const [folder, members] of groups) {
        const own = entries.filter(({ trial }) => members.includes(trial));
        if (own.length === 0) continue;
        // Later, trials that diverged are missing.
        if (!averaged.has(folder)) averaged.set(folder, own.length === members.length);
        if (averaged.get(folder)) append(folder, epoch, own, members.length);
      }
    },
    /** Removes means over a part of a folder's trials; where the run is a part, none is written again. */
    dropParts(): void {
      const known = [...all.map(({ folder }) => folder), ...listBegun(dir)];
      for (const [folder, members] of groups) {
        const { size } = new Set(known.filter((other) => above({ folder: other }) === folder));
        removeEvents(`${dir}/${folder}`, new RegExp(`\\.mean(?!${size}$)`));
        if (size > members.length || members[0].trial > 0) averaged.set(folder, false);
      }
    },
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

/** What an epoch brought one trial, or several in the mean, as TensorBoard names it: train/loss, … */
function meansOf(entries: readonly LogEntry[]): Record<string, number> {
  const scalars = SPLITS.flatMap((split) =>
    METRICS.map((key): [string, number] => {
      const sum = entries.reduce((sum, entry) => sum + entry[split][key], 0);
      return [`${split}/${key}`, sum / entries.length];
    })
  );
  return Object.fromEntries(scalars);
}
