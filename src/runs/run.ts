/**
 * A training's result folder, from the first look at it to the last trial: who may write there, what
 * is finished already, what is logged meanwhile.
 *
 * Trials of one experiment may be trained in parts, by several processes or on several machines; a
 * trial is finished when its weights are there, which are written last.
 *
 * @module
 */
import { type HeldLock, withLock } from "../io/files.ts";
import type { NdArray } from "../io/npy.ts";
import {
  type Checkpoint,
  readCheckpoint,
  removeCheckpoints,
  selectTrials,
  writeCheckpoint,
} from "./checkpoint.ts";
import { claimTrials, ifAlone, refuseMixture, type RunPlan } from "./claim_trials.ts";
import { codeVersion } from "./code_version.ts";
import { describeMachine, type Settings } from "./config.ts";
import { isTrialFinished } from "./file_names.ts";
import { type CheckpointKeeper, keepCheckpoints } from "./keep_checkpoints.ts";
import { type RestoredGroup, restoreGroups } from "./restore.ts";
import { openLog, type RunLog } from "./run_log.ts";
import { checkFolder, dropPrevious } from "./take_folder.ts";
import { type Curve, type RunTrial, writeTrial } from "./trial.ts";

/** Trials to train side by side. */
export interface RunGroup {
  /** At least one. */
  trials: RunTrial[];
  /** Where they go on, if an earlier run was interrupted. */
  from?: Checkpoint;
}

/** A result folder, taken for a run. */
export interface Run extends RunLog {
  /** Wanted trials that are not finished. */
  remaining: RunTrial[];
  /** What must agree, what earlier runs in the folder said included. */
  settings: Settings;
  /** What a person should know, one sentence each. */
  warnings: string[];
  /**
   * The remaining trials in even groups of at most so many; those of a checkpoint go on together, first.
   *
   * @param kindOf Trials of different kinds do not train together; default: all are of one kind.
   */
  groups(most: number, kindOf?: (trial: RunTrial) => unknown): Promise<RunGroup[]>;
  /** Keeps the state of a group after an epoch. */
  checkpoint(trials: readonly RunTrial[]): CheckpointKeeper;
  /** Lets others train these trials; nothing is written afterwards. */
  close(): void;
  /** Writes trained trials; once this is done they are finished. */
  save(results: readonly TrialResult[]): Promise<void>;
}

/** A trained trial. */
export interface TrialResult {
  /** Its folder. */
  folder: string;
  /** Its learning curves. */
  history: { train: Curve; valid: Curve };
  /** `conv2d_1.kernel` (K, K, C, M), … */
  weights: Map<string, NdArray>;
}

/**
 * Takes a result folder for a run, before the training: earlier results of other settings are set
 * aside (with `overwrite`) until the first new trial is saved.
 *
 * @throws {RangeError} When both `overwrite` and `resume` are asked for.
 * @throws {Failure} "locked" when another process trains one of the trials.
 * @throws {Error} When the folder holds others' files, or a run of ours and neither flag allows what
 *   was asked for; nothing is changed then.
 */
export async function openRun(dir: string, plan: RunPlan): Promise<Run> {
  if (plan.overwrite && plan.resume) {
    throw new RangeError("Cannot both overwrite and resume a run: choose one");
  }
  await checkFolder(dir, { overwrite: true });
  await refuseMixture(dir, plan.trials);
  const locks: HeldLock[] = [];
  const close = () => {
    for (const lock of locks.splice(0)) lock.release();
  };
  try {
    const isFinished = (folder: string) => isTrialFinished(`${dir}/${folder}`);
    const { remaining, settings } = await withLock(dir, async () => {
      const claimed = await claimTrials(dir, plan, locks);
      if (claimed.remaining.length === 0) { // a run that was killed after its last trial may leave them
        const folders = plan.trials.map(({ folder }) => folder);
        for (const folder of folders) await removeFinished(`${dir}/${folder}`, isFinished);
        await dropPrevious(dir, folders);
      }
      return claimed;
    });
    const made = describeMachine(plan.made);
    const exact = { ...settings, code: await codeVersion() };
    const found = plan.resume
      ? await restoreGroups(dir, {
        ...{ trials: plan.trials, remaining, isFinished, settings: exact, made },
      })
      : [];
    const histories = found.flatMap(({ from }) =>
      from.folders.map((folder, i) => [folder, from.histories[i]] as const)
    );
    const log = await withLock(dir, () => openLog(dir, remaining, plan.trials, new Map(histories)));
    return { ...log, ...createRun(dir, { remaining, settings, exact, made, found, log }), close };
  } catch (error) {
    close();
    throw error;
  }
}

function createRun(
  dir: string,
  { remaining, settings, exact, made, found, log }: {
    remaining: RunTrial[];
    settings: Settings;
    exact: Settings;
    made: string;
    found: readonly RestoredGroup[];
    log: RunLog;
  },
): Omit<Run, keyof RunLog | "close"> {
  const done = new Set<string>();
  return {
    ...{ remaining, settings, warnings: found.flatMap(({ warning }) => warning ?? []) },
    async groups(most, kindOf = () => undefined) {
      const groups: RunGroup[] = [];
      for (const { trials, from: whole } of found) {
        for (const [i, part] of split(trials, most).entries()) {
          const folders = part.map(({ folder }) => folder);
          const from = { ...selectTrials(whole, folders), ...i > 0 && { spent: 0 } };
          groups.push({ trials: part, from });
          // What trains later needs a checkpoint of its own: the first part replaces the common one.
          if (i > 0) await writeCheckpoint(`${dir}/${folders[0]}`, from);
        }
      }
      const rest = remaining.filter((trial) =>
        !groups.some(({ trials }) => trials.includes(trial))
      );
      for (const trials of Map.groupBy(rest, kindOf).values()) {
        groups.push(...split(trials, most).map((part) => ({ trials: part })));
      }
      return groups;
    },
    checkpoint(trials) {
      const folders = trials.map(({ folder }) => folder);
      return keepCheckpoints(`${dir}/${folders[0]}`, { settings: exact, made, folders });
    },
    async save(results) {
      await withLock(dir, async () => {
        await log.sort(); // before a trial is finished: later nobody would
        for (const { folder, history, weights } of results) {
          await writeTrial(`${dir}/${folder}`, history, weights);
        }
        const saved = results.map(({ folder }) => folder);
        for (const folder of saved) done.add(folder);
        // A finished trial's folder may hold what others go on from.
        for (const { source, trials } of found) {
          if (trials.every(({ folder }) => done.has(folder))) saved.push(source);
        }
        const needed = found.map(({ source }) => source).filter((source) =>
          !saved.includes(source)
        );
        for (const folder of saved.filter((folder) => !needed.includes(folder))) {
          const remove = () => removeCheckpoints(`${dir}/${folder}`);
          if (remaining.some((trial) => trial.folder === folder)) await remove();
          else await ifAlone(dir, [folder], remove); // where another process trains, it is its own
        }
        await dropPrevious(dir, results.map(({ folder }) => folder));
      });
    },
  };
}

/** Removes a folder's checkpoint if all trials that could go on from it are finished. */
async function removeFinished(
  dir: string,
  isFinished: (folder: string) => Promise<boolean>,
): Promise<void> {
  const found = await readCheckpoint(dir).catch(() => undefined);
  for (const folder of found?.checkpoint.folders ?? []) if (!await isFinished(folder)) return;
  if (found) await removeCheckpoints(dir);
}

/** Runs work on a taken folder and gives it back, whatever happens. */
export async function closeAfter<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    run.close();
  }
}

/** The fewest even parts of at most so many. */
function split<T>(items: readonly T[], most: number): T[][] {
  const size = Math.ceil(items.length / Math.ceil(items.length / most));
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
