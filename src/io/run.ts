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
  readConfig,
  type RunConfig,
  type RunOrigin,
  type Settings,
} from "./config.ts";
import { diskError, withLock, writeJson } from "./files.ts";
import type { NdArray } from "./npy.ts";
import {
  checkFolder,
  configFile,
  isTrialFinished,
  listTrials,
  previousFolder,
  survey,
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

/** A result folder, taken for a run. */
export interface Run extends RunLog {
  /** Wanted trials that are not finished. */
  remaining: RunTrial[];
  /** What must agree, what earlier runs in the folder said included. */
  settings: Settings;
  /** Writes trained trials; once this is done they are finished. */
  save(
    results: readonly {
      folder: string;
      history: { train: Curve; valid: Curve };
      weights: Map<string, NdArray>;
    }[],
  ): Promise<void>;
}

/**
 * Takes a result folder for a run, before the training: earlier results of other settings are set
 * aside (with `overwrite`) until the first new trial is saved.
 *
 * @throws {RangeError} When both `overwrite` and `resume` are asked for.
 * @throws {Error} When the folder holds others' files, or a run of ours and neither flag allows what
 *   was asked for; nothing is changed then.
 */
export async function openRun(dir: string, plan: RunPlan): Promise<Run> {
  const { trials, resume } = plan;
  if (plan.overwrite && resume) {
    throw new RangeError("Cannot both overwrite and resume a run: choose one");
  }
  await checkFolder(dir, { overwrite: true });
  await refuseMixture(dir, trials);
  const { remaining, settings } = await withLock(dir, async () => {
    const config = await readConfig(dir);
    const finished = await filterFinished(dir, trials);
    const isSame = config?.task === plan.task && differences(config.settings, plan.settings) === "";
    if (isSame) refuseRepetition(dir, plan, config, finished);
    else await replaceOther(dir, plan, config);
    const remaining = isSame && resume ? trials.filter((it) => !finished.includes(it)) : trials;
    const settings = isSame ? { ...config.settings, ...plan.settings } : plan.settings;
    const folders = trials.map(({ folder }) => folder);
    const now = createConfig(plan.task, plan.made, settings, folders);
    if (isSame) {
      const { earlier = [], settings: _, ...last } = config;
      now.earlier = [last, ...earlier];
    }
    await writeJson(configFile(dir), now);
    return { remaining: [...remaining], settings };
  });
  const log = await withLock(dir, () => openLog(dir, remaining));
  return {
    ...log,
    ...{ remaining, settings },
    async save(results) {
      await withLock(dir, async () => {
        for (const { folder, history, weights } of results) {
          await writeTrial(`${dir}/${folder}`, history, weights);
        }
        await Deno.remove(previousFolder(dir), { recursive: true }).catch(() => {});
      });
    },
  };
}

/** A single network lies in the folder itself, where a data set has folders of trials. */
async function refuseMixture(dir: string, trials: readonly RunTrial[]): Promise<void> {
  for (const { folder } of trials) {
    const info = await Deno.stat(`${dir}/${folder}`).catch(() => null);
    if (info && !info.isDirectory) {
      throw new Error(`Cannot write ${dir}/${folder}: it is a file; remove it`);
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

function refuseRepetition(
  dir: string,
  { trials, overwrite, resume }: RunPlan,
  config: RunConfig,
  finished: readonly RunTrial[],
): void {
  if (overwrite || resume) return;
  const begun = new Set([config, ...config.earlier ?? []].flatMap((run) => run.trials));
  const taken = trials.filter((trial) => begun.has(trial.folder) || finished.includes(trial));
  if (taken.length === 0) return;
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

async function replaceOther(
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
  await setAside(dir, written);
}

/** Moves a run into `previous`; one that has no finished trial is dropped for the sake of one there. */
async function setAside(dir: string, written: readonly string[]): Promise<void> {
  const previous = previousFolder(dir);
  const own = written.filter((path) => !path.startsWith(`${previous}/`));
  const isWorthKeeping = own.some((path) => /\/(cnn\.h5|summary\.json)$/.test(path));
  if (isWorthKeeping) await Deno.remove(previous, { recursive: true }).catch(() => {});
  for (const path of own) {
    const target = `${previous}/${path.slice(dir.length + 1)}`;
    try {
      if (isWorthKeeping) {
        await Deno.mkdir(target.replace(/\/[^/]*$/, ""), { recursive: true });
        await Deno.rename(path, target);
      } else await Deno.remove(path);
    } catch (error) {
      throw diskError("move", path, error);
    }
  }
}

async function filterFinished(dir: string, trials: readonly RunTrial[]): Promise<RunTrial[]> {
  const finished = await Promise.all(
    trials.map(({ folder }) => isTrialFinished(`${dir}/${folder}`)),
  );
  return trials.filter((_, i) => finished[i]);
}

/** What differs between two runs, in words; "" where nothing does. What one does not say may be any. */
function differences(was: Settings, is: Settings): string {
  return Object.keys(is).flatMap((name) => {
    const [a, b] = [was[name], is[name]].map((value) => JSON.stringify(value));
    if (a === b || a === undefined || b === undefined) return [];
    return a.length + b.length > 60 ? `other ${name}` : `${name} was ${a}, now ${b}`;
  }).join("; ");
}

function listFolders(trials: readonly RunTrial[]): string {
  const names = trials.slice(0, 4).map(({ folder }) => folder);
  return names.join(", ") + (trials.length > 4 ? ` and ${trials.length - 4} more` : "");
}
