/**
 * A training's result folder, from the first look at it to the last trial: who may write there, what
 * is finished already, what is logged meanwhile.
 *
 * Trials of one experiment may be trained in parts, by several processes or on several machines; a
 * trial is finished when its weights are there, which are written last.
 *
 * @module
 */
import {
  createConfig,
  describeMachine,
  differences,
  readConfig,
  type RunConfig,
  type RunOrigin,
  type Settings,
  VERSION,
} from "./config.ts";
import { type Checkpoint, removeCheckpoints, selectTrials, writeCheckpoint } from "./checkpoint.ts";
import { type RestoredGroup, restoreGroups } from "./restore.ts";
import { type HeldLock, withLock, writeJson } from "./files.ts";
import { Failure } from "../failure.ts";
import type { NdArray } from "./npy.ts";
import {
  checkFolder,
  configFile,
  dropPrevious,
  isTrialFinished,
  listRunning,
  listTrials,
  removeTemporaries,
  setAside,
  survey,
  takeLock,
} from "./run_folder.ts";
import { openLog, type RunLog, type RunTrial } from "./run_log.ts";
import { type Curve, writeTrial } from "./trial.ts";

/** What a run is about to do. */
export interface RunPlan {
  /** "phase1", "phase2" or "grid". */
  task: string;
  /** All trials that are wanted; they have the same keys. */
  trials: readonly RunTrial[];
  /** What must agree before trials count as one experiment; what is left out may be any. */
  settings: Settings;
  /** How it is made, for the record. */
  made: RunOrigin;
  /** Replace results that are in the way, each as soon as the new one is there. */
  overwrite: boolean;
  /** Keep trials that are finished and train the others. */
  resume: boolean;
}

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
  checkpoint(trials: readonly RunTrial[]): {
    isDue(): boolean;
    write(state: Omit<Checkpoint, "settings" | "made" | "folders">): Promise<void>;
  };
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
    const { remaining, settings } = await withLock(dir, () => claim(dir, plan, locks));
    const made = describeMachine(plan.made);
    const isFinished = (folder: string) => isTrialFinished(`${dir}/${folder}`);
    const found = plan.resume
      ? await restoreGroups(dir, { trials: plan.trials, remaining, isFinished, settings, made })
      : [];
    const histories = found.flatMap(({ from }) =>
      from.folders.map((folder, i) => [folder, from.histories[i]] as const)
    );
    const log = await withLock(dir, () => openLog(dir, remaining, plan.trials, new Map(histories)));
    return { ...log, ...createRun(dir, { remaining, settings, made, found }), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Decides what is to be trained, takes its locks, and writes config.json. */
async function claim(
  dir: string,
  plan: RunPlan,
  locks: HeldLock[],
): Promise<{ remaining: RunTrial[]; settings: Settings }> {
  const { trials, resume } = plan;
  const config = await readConfig(dir);
  const finished = await filterFinished(dir, trials);
  const wanted = { ...plan.settings, version: VERSION };
  const isSame = config?.task === plan.task && differences(config.settings, wanted) === "";
  if (isSame) await refuseRepetition(dir, plan, config, finished);
  else await refuseOther(dir, { ...plan, settings: wanted }, config);
  const remaining = trials.filter((trial) => !(isSame && resume && finished.includes(trial)));
  const folders = remaining.map(({ folder }) => folder);
  locks.push(...await lockFolders(dir, folders));
  if (isSame) {
    for (const folder of folders) {
      await removeTemporaries(`${dir}/${folder}`);
      if (!resume) await setAside(dir, folder); // so that an overwritten trial is not called finished
    }
  } else {
    const others = (await listRunning(dir)).filter((folder) => !folders.includes(folder));
    const held = await lockFolders(dir, others); // nobody may be at work on what is set aside
    try {
      await setAside(dir);
    } finally {
      for (const lock of held) lock.release();
    }
  }
  const settings = isSame ? { ...config.settings, ...wanted } : wanted;
  const now = createConfig(plan.task, plan.made, settings, trials.map(({ folder }) => folder));
  if (isSame) {
    const { earlier = [], settings: _, ...last } = config;
    now.earlier = [last, ...earlier];
  }
  await writeJson(configFile(dir), now);
  return { remaining, settings };
}

function createRun(
  dir: string,
  { remaining, settings, made, found }: {
    remaining: RunTrial[];
    settings: Settings;
    made: string;
    found: readonly RestoredGroup[];
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
          const from = selectTrials(whole, folders);
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
      let last = { at: performance.now(), cost: 0, bytes: 0 };
      return {
        isDue() {
          const since = performance.now() - last.at;
          return last.bytes <= SMALL || since >= Math.min(LONGEST, last.cost / MOST_COST);
        },
        async write(state) {
          const start = performance.now();
          const whole = { ...state, settings, made, folders };
          const bytes = await writeCheckpoint(`${dir}/${folders[0]}`, whole);
          last = { at: performance.now(), cost: performance.now() - start, bytes };
        },
      };
    },
    async save(results) {
      await withLock(dir, async () => {
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
        for (const folder of saved) {
          if (!needed.includes(folder)) await removeCheckpoints(`${dir}/${folder}`);
        }
        await dropPrevious(dir, results.map(({ folder }) => folder));
      });
    },
  };
}

/** Runs work on a taken folder and gives it back, whatever happens. */
export async function closing<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    run.close();
  }
}

/** A checkpoint of at most so many bytes is written after every epoch. */
const SMALL = 2 ** 23;
/** A larger one as soon as it costs at most this part of the time, */
const MOST_COST = 0.02;
/** and at the latest after so many milliseconds. */
const LONGEST = 30_000;

/** The fewest even parts of at most so many. */
function split<T>(items: readonly T[], most: number): T[][] {
  const size = Math.ceil(items.length / Math.ceil(items.length / most));
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Takes the lock of every folder, or none. */
async function lockFolders(dir: string, folders: readonly string[]): Promise<HeldLock[]> {
  const locks: HeldLock[] = [];
  try {
    for (const folder of folders) {
      const path = folder === "." ? dir : `${dir}/${folder}`;
      locks.push(await takeLock(path, path));
    }
    return locks;
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
}

/** A single network lies in the folder itself, where a data set has folders of trials. */
async function refuseMixture(dir: string, trials: readonly RunTrial[]): Promise<void> {
  for (const { folder } of trials) {
    const info = await Deno.stat(`${dir}/${folder}`).catch(() => null);
    if (info && !info.isDirectory) {
      throw new Failure("disk", `Cannot write ${dir}/${folder}: it is a file; remove it`);
    }
  }
  if (trials[0].folder !== ".") return;
  const [trial] = await listTrials(dir).catch(() => []);
  if (trial === undefined) return;
  throw new Error(
    `Cannot write a single network into ${dir}: it holds a data set (${trial}); ` +
      `choose another folder`,
  );
}

async function refuseRepetition(
  dir: string,
  { trials, overwrite, resume }: RunPlan,
  config: RunConfig,
  finished: readonly RunTrial[],
): Promise<void> {
  if (overwrite || resume) return;
  const begun = new Set([config, ...config.earlier ?? []].flatMap((run) => run.trials));
  const taken = trials.filter((trial) => begun.has(trial.folder) || finished.includes(trial));
  if (taken.length === 0) return;
  const locks = await lockFolders(dir, taken.map(({ folder }) => folder)); // are they trained now?
  for (const lock of locks) lock.release();
  const which = taken.length === 1 && taken[0].folder === "."
    ? "it holds this run"
    : `it holds ${taken.length === trials.length ? "these" : listFolders(taken)} trials`;
  const done = taken.filter((trial) => finished.includes(trial)).length;
  const state = done === taken.length
    ? "finished"
    : done === 0
    ? "begun, none finished"
    : `${done} of ${taken.length} finished`;
  throw new Error(
    `Cannot use ${dir} for results: ${which} (${state}); go on with --resume, ` +
      `replace with --overwrite, or choose another folder`,
  );
}

async function refuseOther(
  dir: string,
  { settings, task, overwrite, resume }: RunPlan,
  config: RunConfig | undefined,
): Promise<void> {
  const { written } = await survey(dir);
  if (written.length === 0) return;
  const changed = config?.task === task && differences(config.settings, settings);
  const other = changed ? `another run (${changed})` : "an earlier run";
  if (resume) {
    throw new Error(
      `Cannot resume ${dir}: it holds ${other}; ` +
        `give the same options, replace it with --overwrite, or choose another folder`,
    );
  }
  if (!overwrite) {
    throw new Error(
      `Cannot use ${dir} for results: it holds those of ${other}; ` +
        `replace them with --overwrite or choose another folder`,
    );
  }
}

async function filterFinished(dir: string, trials: readonly RunTrial[]): Promise<RunTrial[]> {
  const finished = await Promise.all(
    trials.map(({ folder }) => isTrialFinished(`${dir}/${folder}`)),
  );
  return trials.filter((_, i) => finished[i]);
}

function listFolders(trials: readonly RunTrial[]): string {
  const names = trials.slice(0, 4).map(({ folder }) => folder);
  return names.join(", ") + (trials.length > 4 ? ` and ${trials.length - 4} more` : "");
}
