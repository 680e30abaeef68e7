/**
 * A training's result folder, from the first look at it to the last trial: who may write there, what
 * is finished already, what is logged meanwhile.
 *
 * Trials of one experiment may be trained in parts, by several processes or on several machines; a
 * trial is finished when its weights are there, which are written last.
 *
 * @module
 */
import { withLock } from "../io/lock.ts";
import type { NdArray } from "../io/npy.ts";
import type { History } from "../training/state.ts";
import {
  type Checkpoint,
  readCheckpoint,
  removeCheckpoints,
  selectTrials,
  writeCheckpoint,
} from "./checkpoint.ts";
import { claimTrials, ifAlone, refuseMixture, type RunPlan } from "./claim_trials.ts";
import { codeVersion } from "./code_version.ts";
import { describeMachine, mixedAdapters, readConfig, type Settings } from "./config.ts";
import { isTrialFinished } from "./file_names.ts";
import { type CheckpointKeeper, keepCheckpoints } from "./keep_checkpoints.ts";
import { listUnlogged } from "./metrics_csv.ts";
import { type HeldFolder, waitForOthers } from "./hold_folder.ts";
import { type RestoredGroup, restoreGroups } from "./resume.ts";
import { openLog, type RunLog } from "./run_log.ts";
import { checkFolder, dropPrevious } from "./take_folder.ts";
import { readHistory, type RunTrial, writeTrial } from "./trial.ts";

/** Trials to train side by side. */
export interface RunGroup<T extends RunTrial> {
  /** At least one. */
  trials: T[];
  /** Where they go on, if an earlier run was interrupted. */
  from?: Checkpoint;
}

/** A result folder, taken for a run until it is disposed of. */
export interface Run<T extends RunTrial> extends RunLog, Disposable {
  /** All trials that are wanted. */
  trials: readonly T[];
  /** The wanted trials that are not finished. */
  remaining: T[];
  /** What must agree, what earlier runs in the folder said included. */
  settings: Settings;
  /** What a person should know, one sentence each. */
  warnings: string[];
  /**
   * The remaining trials in even groups of at most so many; those of a checkpoint go on together, first.
   *
   * @param kindOf Trials of different kinds do not train together; default: all are of one kind.
   */
  groups(most: number, kindOf?: (trial: T) => unknown): Promise<RunGroup<T>[]>;
  /** Keeps the state of a group after an epoch. Like `add` and `save` it first looks whose trials they are. */
  checkpoint(trials: readonly RunTrial[]): CheckpointKeeper;
  /** Lets others train these trials; nothing is written afterwards. */
  close(): void;
  /** Writes trained trials; once this is done they are finished. */
  save(results: readonly TrialResult[]): Promise<void>;
}

/** A trained trial. */
export interface TrialResult {
  /** Whose results these are. */
  trial: RunTrial;
  /** Its learning curves. */
  history: History;
  /** `conv2d_1.kernel` (K, K, C, M), … */
  weights: Map<string, NdArray>;
}

/**
 * Takes a result folder for a run, before the training: earlier results of other settings are set
 * aside (with `overwrite`) until the first new trial is saved.
 *
 * @throws {RangeError} When both `overwrite` and `resume` are asked for.
 * @throws {Failure} "locked" when another process trains one of the trials, and still does after
 *   `plan.wait`; `add`, `save` and a checkpoint when one takes them later, whom no lock stops.
 * @throws {Error} When the folder holds others' files, or a run of ours and neither flag allows what
 *   was asked for; nothing is changed then.
 */
export async function openRun<T extends RunTrial>(dir: string, plan: RunPlan<T>): Promise<Run<T>> {
  if (plan.overwrite && plan.resume) {
    throw new RangeError("Cannot both overwrite and resume a run: choose one");
  }
  await checkFolder(dir, { overwrite: true });
  const { trials, keys } = plan;
  await refuseMixture(dir, trials);
  const held = new Map<string, HeldFolder>();
  const close = () => {
    for (const folder of held.values()) folder.release();
    held.clear();
  };
  try {
    const claim = (gone: ReadonlySet<string>) =>
      withLock(dir, async () => {
        const claimed = await claimTrials(dir, plan, gone, held);
        if (claimed.remaining.length === 0) { // a run that was killed after its last trial may leave them
          const folders = trials.map(({ folder }) => folder);
          for (const folder of folders) await removeFinished(dir, folder);
          await dropPrevious(dir, folders);
        }
        return claimed;
      }).catch((error) => {
        close(); // whoever waits for one trial holds no other
        throw error;
      });
    const { remaining, settings } = await waitForOthers(claim, {
      seconds: plan.wait,
      tell: plan.tell,
    });
    const made = describeMachine(plan.made);
    const exact = { ...settings, code: await codeVersion() };
    const wanted = { trials, remaining, settings: exact, made };
    const found = plan.resume ? await restoreGroups(dir, wanted) : [];
    const restored = new Map(
      found.flatMap((group) => group.trials.map((trial, i) => [trial, group.from.histories[i]])),
    );
    const log = await withLock(dir, async () => {
      const lost = plan.resume ? await readLost(dir, plan, remaining) : new Map();
      const logged = new Map([...restored, ...lost]);
      const options = { all: trials, keys, restored: logged, lost: [...lost.keys()] };
      return await openLog(dir, remaining, options);
    });
    const config = await readConfig(dir);
    const doubts = config ? mixedAdapters(dir, config) : [];
    const check = (trials: readonly RunTrial[]) => {
      for (const { folder } of trials) held.get(folder)?.check();
    };
    const work = createRun(dir, { remaining, exact, made, found, log, check, doubts });
    return { ...log, ...work, trials, settings, close, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * What a run does with its trials, of which those found are restored.
 *
 * @param check Throws where another process has taken one of some trials since.
 */
function createRun<T extends RunTrial>(
  dir: string,
  { remaining, exact, made, found, log, check, doubts }: {
    remaining: T[];
    exact: Settings;
    made: string;
    found: readonly RestoredGroup<T>[];
    log: RunLog;
    check: (trials: readonly RunTrial[]) => void;
    doubts: readonly string[];
  },
): Pick<Run<T>, "remaining" | "warnings" | "groups" | "add" | "checkpoint" | "save"> {
  const done = new Set<RunTrial>();
  return {
    remaining,
    warnings: [...found.flatMap(({ warning }) => warning ?? []), ...doubts],
    async groups(most, kindOf = () => undefined) {
      const groups: RunGroup<T>[] = [];
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
    add(epoch, entries) {
      check(entries.map(({ trial }) => trial));
      log.add(epoch, entries);
    },
    checkpoint(trials) {
      const folders = trials.map(({ folder }) => folder);
      const keeper = keepCheckpoints(`${dir}/${folders[0]}`, { settings: exact, made, folders });
      return {
        ...keeper,
        async write(state) {
          check(trials);
          await keeper.write(state);
        },
      };
    },
    async save(results) {
      await withLock(dir, async () => {
        check(results.map(({ trial }) => trial));
        await log.sort(); // sorted before a trial is finished, as later nobody would
        for (const { trial, history, weights } of results) {
          await writeTrial(`${dir}/${trial.folder}`, history, weights);
          done.add(trial);
        }
        const saved = results.map(({ trial }) => trial.folder);
        // A checkpoint may lie in the folder of a trial that was finished before.
        const over = found.filter(({ trials }) => trials.every((trial) => done.has(trial)));
        for (const folder of [...saved, ...over.map(({ source }) => source)]) {
          const remove = () => removeCheckpoints(`${dir}/${folder}`);
          if (remaining.some((trial) => trial.folder === folder)) await remove();
          else await ifAlone(dir, [folder], remove); // a process that trains there keeps its own
        }
        await dropPrevious(dir, saved);
      });
    },
  };
}

/** The curves of finished trials of which metrics.csv does not tell. */
async function readLost(
  dir: string,
  { trials, keys = ["trial"], settings: { epochs } }: RunPlan,
  remaining: readonly RunTrial[],
): Promise<Map<RunTrial, History>> {
  const rest = new Set(remaining), lost = new Map<RunTrial, History>();
  const finished = trials.filter((trial) => !rest.has(trial));
  for (const trial of await listUnlogged(dir, finished, keys, Number(epochs))) {
    const history = await readHistory(`${dir}/${trial.folder}`).catch(() => undefined);
    if (history) lost.set(trial, history); // who needs the curves says what is wrong with them
  }
  return lost;
}

/** Removes a folder's checkpoint if all trials that could go on from it are finished. */
async function removeFinished(dir: string, source: string): Promise<void> {
  const found = await readCheckpoint(`${dir}/${source}`).catch(() => undefined);
  for (const folder of found?.checkpoint.folders ?? []) {
    if (!await isTrialFinished(`${dir}/${folder}`)) return;
  }
  if (found) await removeCheckpoints(`${dir}/${source}`);
}

/** The fewest even parts of at most so many. */
function split<T>(items: readonly T[], most: number): T[][] {
  const size = Math.ceil(items.length / Math.ceil(items.length / most));
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
