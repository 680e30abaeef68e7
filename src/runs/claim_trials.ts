/**
 * Whether a run may have a result folder, and which of its trials remain.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { writeJson } from "../io/files.ts";
import {
  begunTrials,
  createConfig,
  differences,
  readConfig,
  type RunConfig,
  type RunOrigin,
  type Settings,
  VERSION,
} from "./config.ts";
import * as files from "./file_names.ts";
import type { TrialKey } from "./metrics_csv.ts";
import { type HeldFolder, holdFolder } from "./hold_folder.ts";
import { setAside } from "./take_folder.ts";
import type { RunTrial } from "./trial.ts";

/** What a run is about to do. */
export interface RunPlan<T extends RunTrial = RunTrial> {
  /** "phase1", "phase2" or "grid". */
  task: string;
  /** All trials that are wanted. */
  trials: readonly T[];
  /** What tells them apart in metrics.csv; default their numbers. */
  keys?: readonly TrialKey[];
  /** What must agree before trials count as one experiment; what is left out may be any. */
  settings: Settings;
  /** How it is made, for the record. */
  made: RunOrigin;
  /** Replace results that are in the way, each as soon as the new one is there. */
  overwrite: boolean;
  /** Keep trials that are finished and train the others. */
  resume: boolean;
  /** Seconds to wait for trials that another process trains; default 0. */
  wait?: number;
  /** Told whom is waited for. */
  tell?: (text: string) => void;
}

/**
 * Decides what is to be trained, holds its folders, and writes config.json.
 *
 * @param gone Marks of owners that are known to be gone.
 * @param held Gets the folders, by name.
 */
export async function claimTrials<T extends RunTrial>(
  dir: string,
  plan: RunPlan<T>,
  gone: ReadonlySet<string>,
  held: Map<string, HeldFolder>,
): Promise<{ remaining: T[]; settings: Settings }> {
  const { trials, resume } = plan;
  const config = await readConfig(dir);
  const finished = await filterFinished(dir, trials);
  const wanted = { ...plan.settings, version: VERSION };
  const isSame = config?.task === plan.task && differences(config.settings, wanted) === "";
  if (isSame) await refuseRepetition(dir, plan, config, finished, gone);
  else await refuseOther(dir, { ...plan, settings: wanted }, config);
  const remaining = trials.filter((trial) => !(isSame && resume && finished.has(trial)));
  const folders = remaining.map(({ folder }) => folder);
  const own = await holdFolders(dir, folders, { gone });
  folders.forEach((folder, i) => held.set(folder, own[i]));
  const others = (await files.listRunning(dir)).filter((folder) => !held.has(folder));
  if (isSame) {
    await ifAlone(dir, others, () => files.removeTemporaries(dir), gone); // another process may be writing them
    for (const folder of folders) {
      await files.removeTemporaries(`${dir}/${folder}`);
      if (!resume) await setAside(dir, folder); // so that an overwritten trial is not called finished
    }
  } else {
    await alone(dir, others, async () => {
      await files.removeTemporaries(dir);
      await setAside(dir);
    }, gone);
  }
  const settings = isSame ? { ...config.settings, ...wanted } : wanted;
  const all = trials.map(({ folder }) => folder);
  const isPart = folders.length < all.length;
  const now = createConfig(plan.task, plan.made, settings, all, isPart ? folders : undefined);
  if (isSame) {
    const { earlier = [], settings: _, ...last } = config;
    now.earlier = [last, ...earlier];
  }
  await writeJson(files.configFile(dir), now);
  return { remaining, settings };
}

/** Holds every folder, or none. */
async function holdFolders(
  dir: string,
  folders: readonly string[],
  options: Parameters<typeof holdFolder>[2],
): Promise<HeldFolder[]> {
  const held: HeldFolder[] = [];
  try {
    for (const folder of folders) {
      const path = folder === "." ? dir : `${dir}/${folder}`;
      held.push(await holdFolder(path, path, options));
    }
    return held;
  } catch (error) {
    for (const folder of held) folder.release();
    throw error;
  }
}

/** Does what nobody at work in these folders could bear. @throws {Failure} "locked" if somebody is. */
async function alone(
  dir: string,
  folders: readonly string[],
  work: () => Promise<void>,
  gone: ReadonlySet<string> = new Set(),
): Promise<void> {
  const held = await holdFolders(dir, folders, { gone, isProbe: true });
  try {
    await work();
  } finally {
    for (const folder of held) folder.release();
  }
}

/** {@linkcode alone}, or nothing where somebody is at work. */
export async function ifAlone(...args: Parameters<typeof alone>): Promise<void> {
  await alone(...args).catch((error) => {
    if (error.kind !== "locked") throw error;
  });
}

/** A single network lies in the folder itself, where a data set has folders of trials. */
export async function refuseMixture(dir: string, trials: readonly RunTrial[]): Promise<void> {
  for (const { folder } of trials) {
    const above = folder.replace(/\/.*$/, ""); // "l2_alpha1" of "l2_alpha1/trial000"
    for (const path of new Set([above, folder].map((name) => `${dir}/${name}`))) {
      const info = folder === "." ? null : await Deno.lstat(path).catch(() => null);
      if (!info || info.isDirectory) continue;
      const what = info.isSymlink ? "a symbolic link" : "a file";
      throw new Failure("disk", `Cannot write ${path}: it is ${what}; remove it`);
    }
  }
  if (trials[0].folder !== ".") return;
  const [trial] = await files.listTrials(dir).catch(() => []);
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
  finished: ReadonlySet<RunTrial>,
  gone: ReadonlySet<string>,
): Promise<void> {
  if (overwrite || resume) return;
  const begun = new Set(begunTrials(config));
  const taken = trials.filter((trial) => begun.has(trial.folder) || finished.has(trial));
  if (taken.length === 0) return;
  const folders = taken.map(({ folder }) => folder);
  await alone(dir, folders, async () => {}, gone); // are they trained now?
  const which = taken.length === 1 && taken[0].folder === "."
    ? "it holds this run"
    : `it holds ${taken.length === trials.length ? "these" : listFolders(taken)} trials`;
  const done = taken.filter((trial) => finished.has(trial)).length;
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
  const { written } = await files.survey(dir);
  if (written.every((path) => path.endsWith(".tmp"))) return; // a run left them that was killed as it began
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

async function filterFinished<T extends RunTrial>(dir: string, trials: readonly T[]) {
  const finished = await Promise.all(
    trials.map(({ folder }) => files.isTrialFinished(`${dir}/${folder}`)),
  );
  return new Set(trials.filter((_, i) => finished[i]));
}

function listFolders(trials: readonly RunTrial[]): string {
  const names = trials.slice(0, 4).map(({ folder }) => folder);
  return names.join(", ") + (trials.length > 4 ? ` and ${trials.length - 4} more` : "");
}
