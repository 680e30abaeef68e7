/**
 * Finds the checkpoints that an interrupted run left, and the trials that go on from them.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { removeFile } from "../io/files.ts";
import {
  type Checkpoint,
  type FoundCheckpoint,
  readCheckpoint,
  selectTrials,
} from "./checkpoint.ts";
import { differences, type Settings } from "./config.ts";
import { checkpointFile, isTrialFinished, listCheckpoints } from "./file_names.ts";
import type { RunGroup } from "./run.ts";
import type { RunTrial } from "./trial.ts";

/** Trials that go on together. */
export interface RestoredGroup<T extends RunTrial> extends Required<RunGroup<T>> {
  /** The folder in which the checkpoint lies. */
  source: string;
  /** What a person should know of it. */
  warning?: string;
}

/**
 * Reads the checkpoints in a result folder; where two speak of one trial, the later state counts.
 *
 * @param trials All that are wanted, finished ones included.
 * @param remaining Those that are not finished.
 * @param made On what the run is computed: a checkpoint of another device is told of.
 * @throws {Failure} "input" when a checkpoint is damaged or of other settings.
 * @throws {Error} When trials that stand together are not all wanted: the others' state would be lost.
 */
export async function restoreGroups<T extends RunTrial>(
  dir: string,
  { trials, remaining, settings, made }: {
    trials: readonly T[];
    remaining: readonly T[];
    settings: Settings;
    made: string;
  },
): Promise<RestoredGroup<T>[]> {
  const found: (FoundCheckpoint & { source: string })[] = [];
  const unreadable: Error[] = [];
  for (const source of await listCheckpoints(dir)) {
    const own = await readCheckpoint(`${dir}/${source}`)
      .catch((error) => void unreadable.push(error));
    if (own) found.push({ ...own, source });
  }
  found.sort(({ checkpoint: a }, { checkpoint: b }) =>
    b.epoch - a.epoch || b.begun.steps - a.begun.steps || a.folders.length - b.folders.length
  );

  const groups: RestoredGroup<T>[] = [];
  const free = new Set(remaining);
  for (const { checkpoint, source, warning } of found) {
    const own = [...free].filter(({ folder }) => checkpoint.folders.includes(folder));
    if (own.length === 0) continue;
    const changed = differences(checkpoint.settings, settings);
    if (changed) {
      throw new Failure(
        "input",
        `Cannot resume ${dir}/${source}: its checkpoint differs (${changed}); ` +
          `remove the checkpoint, and its trials start anew`,
      );
    }
    await refuseToForget(dir, source, checkpoint, trials);
    for (const trial of own) free.delete(trial);
    // Left there, the damaged one would become the previous one, in place of the whole one.
    if (warning) await removeFile(checkpointFile(`${dir}/${source}`));
    const other = checkpoint.made === made
      ? []
      : [`${source} goes on from a checkpoint made on ${checkpoint.made}: the bits may differ`];
    const from = selectTrials(checkpoint, own.map(({ folder }) => folder));
    const doubts = [...warning ? [warning] : [], ...other];
    groups.push({ trials: own, source, from, warning: doubts.join("; ") || undefined });
  }
  if (free.size > 0 && unreadable.length > 0) throw unreadable[0]; // an unreadable one may be theirs
  return groups;
}

async function refuseToForget(
  dir: string,
  source: string,
  { folders, epoch }: Checkpoint,
  trials: readonly RunTrial[],
): Promise<void> {
  const unwanted: string[] = [];
  for (const folder of folders) {
    const isWanted = trials.some((trial) => trial.folder === folder);
    if (!isWanted && !await isTrialFinished(`${dir}/${folder}`)) unwanted.push(folder);
  }
  if (unwanted.length === 0) return;
  throw new Error(
    `Cannot resume ${dir} without ${unwanted.join(", ")}: they stand together with ${source} ` +
      `after epoch ${epoch}; resume all of them, or start anew with --overwrite`,
  );
}
