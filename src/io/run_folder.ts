/**
 * The folders and file names of a run (SPEC §7): one function per name, so that what one phase
 * writes is what the next one reads.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { diskError, type HeldLock, readJson, tryLock } from "./files.ts";

/** The name of one network's folder: `trial000`, `trial001`, … (the trial counts from 0). */
export function trialName(trial: number): string {
  return `trial${String(trial).padStart(3, "0")}`;
}

/** Whether a trial's network is finished: its weights are written last. */
export async function isTrialFinished(trialDir: string): Promise<boolean> {
  const weights = await Deno.stat(weightsFile(trialDir)).catch(() => null);
  return weights?.isFile ?? false;
}

/** The trial whose folder has this name. */
export function trialNumber(name: string): number {
  return Number(name.slice("trial".length));
}

/** The kept weights of a trial: `<trialDir>/cnn.h5`, in Keras' layout. */
export function weightsFile(trialDir: string): string {
  return `${trialDir}/cnn.h5`;
}

/** One learning curve, float64, a value per epoch: `<trialDir>/train_losses.npy`, … */
export function historyFile(
  trialDir: string,
  split: "train" | "valid",
  metric: "losses" | "CCEs" | "accs",
): string {
  return `${trialDir}/${split}_${metric}.npy`;
}

/** The fitted Σ of a conv layer, counted from 1: `<gaussianDir>/conv1_cov_rank3.npy`, … */
export function covarianceFile(gaussianDir: string, layer: number, rank: 2 | 3): string {
  return `${gaussianDir}/conv${layer}_cov_rank${rank}.npy`;
}

/** A picture of a fitted layer: `<gaussianDir>/conv1_kernels.svg`, `conv1_covariance.svg`, … */
export function pictureFile(
  gaussianDir: string,
  layer: number,
  what: "kernels" | "covariance" | "tikhonov",
): string {
  return `${gaussianDir}/conv${layer}_${what}.svg`;
}

/** An exported matrix of a conv layer: `<out>/conv1_covariance.npy` or `conv1_precision.npy`. */
export function exportedMatrixFile(
  out: string,
  layer: number,
  what: "covariance" | "precision",
): string {
  return `${out}/conv${layer}_${what}.npy`;
}

/** The whole exported prior: `<out>/prior.json`. */
export function priorFile(out: string): string {
  return `${out}/prior.json`;
}

/** A program that uses an exported prior: `<out>/example_pytorch.py` or `example_keras.py`. */
export function exampleFile(out: string, framework: "pytorch" | "keras"): string {
  return `${out}/example_${framework}.py`;
}

/** The results of a run: `<dir>/summary.json`. */
export function summaryFile(dir: string): string {
  return `${dir}/summary.json`;
}

/** How a run was made: `<dir>/config.json`. */
export function configFile(dir: string): string {
  return `${dir}/config.json`;
}

/** A row for each trial and epoch: `<dir>/metrics.csv`. */
export function metricsFile(dir: string): string {
  return `${dir}/metrics.csv`;
}

/**
 * TensorBoard's file in a folder: `<dir>/events.out.tfevents.<seconds since 1970>.skreg`, and for the mean
 * over several trials `….skreg.trial000`, the first of them.
 */
export function eventsFile(dir: string, seconds: number, first?: string): string {
  return `${dir}/events.out.tfevents.${seconds}.skreg${first ? `.${first}` : ""}`;
}

/** Whether a name is that of an {@linkcode eventsFile}. */
export function isEventsFile(name: string): boolean {
  return /^events\.out\.tfevents\.\d+\.skreg(\.trial\d+)?$/.test(name);
}

/** What the networks said of each test image: `<dir>/predictions.csv`. */
export function predictionsFile(dir: string): string {
  return `${dir}/predictions.csv`;
}

/** The training curves of a run: `<dir>/curves.svg`. */
export function curvesFile(dir: string): string {
  return `${dir}/curves.svg`;
}

/** Training images as the network sees them: `<dir>/augmented.png`. */
export function augmentedFile(dir: string): string {
  return `${dir}/augmented.png`;
}

/** Confusion on the test images: `<dir>/confusion.svg`; of the grid `confusion_l2.svg`, `confusion_sk.svg`. */
export function confusionFile(dir: string, mode?: "l2" | "sk"): string {
  return `${dir}/confusion${mode ? `_${mode}` : ""}.svg`;
}

/** The grid's table, findings and picture: `<dir>/grid.csv`, `grid.json`, `grid.svg`. */
export function gridFile(dir: string, kind: "csv" | "json" | "svg"): string {
  return `${dir}/grid.${kind}`;
}

/** Where trials that train side by side stood: in the folder of the first of them. */
export function checkpointFile(trialDir: string, which: "newest" | "previous" = "newest"): string {
  return `${trialDir}/checkpoint${which === "previous" ? ".previous" : ""}.bin`;
}

/** The lock that whoever trains a trial holds: in the trial's folder. */
export function runningFile(trialDir: string): string {
  return `${trialDir}/.running`;
}

/** The folder of the grid's trials of one mode and α, inside the grid's: `l2_alpha4.29`. */
export function cellFolder(mode: "l2" | "sk", alpha: number): string {
  return `${mode}_alpha${alpha}`;
}

/** Where an earlier run waits until the one that replaces it has results: `<dir>/previous`. */
export function previousFolder(dir: string): string {
  return `${dir}/previous`;
}

const TRIAL = /^trial\d{3,}$/;
/** Folders of a run that hold trials. */
const CELL = /^((l2|sk)_alpha[\d.e+-]+|previous)$/;
/** Every name made above, and the temporaries that writeFile leaves behind when it is killed. */
const NAMES = [
  /cnn\.h5|(train|valid)_(losses|CCEs|accs)\.npy|conv\d+_cov_rank[23]\.npy/,
  /conv\d+_(kernels|covariance|tikhonov)\.(png|svg)|(summary|config|grid)\.json/,
  /(metrics|predictions|grid)\.csv|(curves|grid|confusion(_l2|_sk)?)\.svg|augmented\.png/,
  /conv\d+_(covariance|precision)\.npy|prior\.json|example_(pytorch|keras)\.py/,
  /checkpoint(\.previous)?\.bin/,
  /events\.out\.tfevents\.\d+\.skreg(\.trial\d+)?/,
].map(({ source }) => source).join("|");
const WRITTEN = new RegExp(`^(${NAMES})(\\.[0-9a-f]{8}\\.tmp)?$`);
/** Curves or covariances among other files may be anybody's; these names prove a run of ours. */
const PROOF = /\/(cnn\.h5|summary\.json|config\.json|prior\.json)$/;

/** The names that `fit` writes, and those that earlier versions of it wrote. */
export const FIT_FILE =
  /^(previous\/)?(conv\d+_(cov_rank[23]\.npy|(kernels|covariance|tikhonov)\.(svg|png))|(summary|config)\.json)/;
/** The names that `export` writes. */
export const EXPORT_FILE =
  /^(previous\/)?(conv\d+_(covariance|precision)\.npy|prior\.json|example_(pytorch|keras)\.py)/;

/** What file managers leave in any folder, our locks, and the folder with which `probe` tries the disk. */
const SYSTEM = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\.lock|\.running|\.skreg-\w+)$/;

/**
 * Lists the trials whose network is finished.
 *
 * @param kernelDir The folder of phase 1, default of the program `data/kernel_dataset`.
 * @returns Paths of the trial folders that hold a cnn.h5, by number; at least one.
 * @throws {Error} naming the folder if it is missing or holds no such trial.
 */
export async function listTrials(kernelDir: string): Promise<string[]> {
  const trials: string[] = [];
  if (!(await Deno.stat(kernelDir).catch(() => null))?.isDirectory) {
    throw new Failure(
      "input",
      `Cannot find trained networks: there is no folder ${kernelDir}; name the folder of a ` +
        `phase 1 with several trials`,
    );
  }
  for (const { name } of await list(kernelDir)) {
    const trial = `${kernelDir}/${name}`;
    if (TRIAL.test(name) && await isTrialFinished(trial)) trials.push(trial);
  }
  if (trials.length === 0) {
    throw new Failure(
      "input",
      `Cannot find trained networks in ${kernelDir}: it holds no trial000/cnn.h5; name the folder ` +
        `of a phase 1 with several trials`,
    );
  }
  const byNumber = new Intl.Collator("en", { numeric: true });
  return trials.sort(byNumber.compare);
}

/**
 * Checks before the hours of work that a folder can take the results of a run. Nothing is left
 * behind; what is written to find out whether the disk takes it is removed again.
 *
 * @param options.only The names that this task writes; results of another task are then refused.
 * @param options.overwrite Whether earlier results may be replaced, by `replaceFolder` later.
 * @throws {Error} naming the folder if it is a file, holds earlier results and `overwrite` is
 * false, or holds other files and no result of ours.
 */
export async function checkFolder(
  dir: string,
  { overwrite, only }: { overwrite: boolean; only?: RegExp },
): Promise<void> {
  await probe(dir);
  if (!await Deno.stat(dir).catch(() => null)) return;
  const { written, foreign } = await survey(dir);
  for (const path of [configFile(dir), summaryFile(dir)]) {
    if (written.includes(path) && !await isOurJson(path)) foreign.push(path);
  }
  const other = only && written.find((path) => !only.test(path.slice(dir.length + 1)));
  if (other) {
    throw new Error(
      `Cannot use ${dir} for results: it holds those of another task (${other}); ` +
        `choose another folder`,
    );
  }
  const isOurs = foreign.length === 0 ||
    written.some((path) => PROOF.test(path) && !foreign.includes(path));
  if (!isOurs) {
    throw new Error(
      `Cannot use ${dir} for results: it holds other files (${foreign[0]}); choose another folder`,
    );
  }
  if (written.length > 0 && !overwrite) {
    throw new Error(
      `Cannot use ${dir} for results: it holds those of an earlier run; ` +
        `replace them with --overwrite or choose another folder`,
    );
  }
}

/**
 * Writes results that are ready into a folder: checks it once more, creates it, and with `overwrite`
 * sets the results of an earlier run aside, in `previous`, until the new ones are there. Files that are
 * not ours stay.
 *
 * @throws {Error} As `checkFolder`, naming the path that cannot be moved or created, or what `write`
 *   throws; the earlier results are then in `previous`.
 */
export async function replaceFolder(
  dir: string,
  options: { overwrite: boolean; only?: RegExp },
  write: () => Promise<void>,
): Promise<void> {
  await checkFolder(dir, options);
  await Deno.mkdir(dir, { recursive: true }).catch((error) => {
    throw diskError("create the folder", dir, error);
  });
  const lock = await takeLock(dir, dir);
  try {
    await setAside(dir);
    await write();
    await dropPrevious(dir);
  } finally {
    lock.release();
  }
}

/**
 * Takes the lock of a folder whose results are being made, for as long as that lasts.
 *
 * @param what What errors call the folder.
 * @throws {Failure} "locked", naming the process that holds it.
 */
export async function takeLock(dir: string, what: string): Promise<HeldLock> {
  const holder = `process ${Deno.pid}, since ${new Date().toISOString()},`;
  const lock = await tryLock(runningFile(dir), holder);
  if (typeof lock !== "string") return lock;
  throw new Failure(
    "locked",
    `Cannot write ${what}: ${lock} is at work there; wait for it, or choose another folder`,
  );
}

/** What makes a run worth keeping until another one is there. */
const RESULT = /\/(cnn\.h5|summary\.json|prior\.json)$/;

/**
 * Moves our files into `previous`. Where one without a result would replace one with, it goes instead.
 *
 * @param trial Only the files of this trial's folder; default all.
 */
export async function setAside(dir: string, trial?: string): Promise<void> {
  const previous = previousFolder(dir);
  const { written } = await survey(dir);
  const [earlier, now] = [true, false].map((isEarlier) =>
    written.filter((path) => path.startsWith(`${previous}/`) === isEarlier)
  );
  const own = trial === undefined ? now : now.filter((path) => isOfTrial(dir, path, trial));
  const isWorth = (paths: string[]) => paths.some((path) => RESULT.test(path));
  if (!isWorth(own) && isWorth(earlier)) {
    for (const path of own) await remove(path);
    return;
  }
  if (trial === undefined && own.length > 0) await dropPrevious(dir);
  for (const path of own) {
    const target = `${previous}/${path.slice(dir.length + 1)}`;
    try {
      await Deno.mkdir(target.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.rename(path, target);
    } catch (error) {
      throw diskError("move", path, error);
    }
  }
}

/** Whether a file is a trial's own: in its folder, or for a single network what is a trial's. */
function isOfTrial(dir: string, path: string, trial: string): boolean {
  if (trial !== ".") return path.startsWith(`${dir}/${trial}/`);
  return /^(cnn\.h5|checkpoint.*|(train|valid)_\w+\.npy)$/.test(path.slice(dir.length + 1));
}

/**
 * Removes what was set aside, and the folders that it leaves empty.
 *
 * @param trials Where single trials of a run were set aside, only these; a whole run goes whole.
 */
export async function dropPrevious(dir: string, trials?: readonly string[]): Promise<void> {
  const previous = previousFolder(dir);
  const earlier = (await survey(dir)).written.filter((path) => path.startsWith(`${previous}/`));
  const isWhole = trials === undefined || earlier.includes(configFile(previous)) ||
    earlier.includes(summaryFile(previous));
  const folders = new Set<string>();
  for (const path of earlier) {
    if (!isWhole && !trials.some((trial) => isOfTrial(previous, path, trial))) continue;
    await remove(path);
    for (let above = path; above !== previous;) {
      above = above.replace(/\/[^/]*$/, "");
      folders.add(above);
    }
  }
  const deepest = [...folders].sort((a, b) => b.length - a.length);
  for (const folder of deepest) await Deno.remove(folder).catch(() => {}); // others' files are in it
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    throw diskError("remove", path, error);
  });
}

/** The folders inside a result folder, itself included as ".", that hold a checkpoint. */
export async function listCheckpoints(dir: string): Promise<string[]> {
  const previous = `${previousFolder(dir)}/`;
  const found = (await survey(dir)).written
    .filter((path) => /\/checkpoint(\.previous)?\.bin$/.test(path) && !path.startsWith(previous))
    .map((path) => path.slice(dir.length + 1).replace(/\/?checkpoint[^/]*$/, "") || ".");
  return [...new Set(found)];
}

/** The folders inside a result folder, itself included as ".", in which somebody is or was at work. */
export async function listRunning(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name, isDirectory, isFile } of await list(dir)) {
    if (isFile && name === ".running") found.push(".");
    if (!isDirectory || !(TRIAL.test(name) || CELL.test(name))) continue;
    for (const below of await listRunning(`${dir}/${name}`)) {
      found.push(below === "." ? name : `${name}/${below}`);
    }
  }
  return found;
}

/** Whether config.json or summary.json is one of ours: other programs write files of these names. */
async function isOurJson(path: string): Promise<boolean> {
  const value = await readJson<Record<string, unknown> | null>(path).catch(() => null);
  const isList = (name: string) => Array.isArray(value?.[name]);
  return isList("trials") || isList("layers") || isList("seeds");
}

/** Writes into the nearest folder above `dir` that exists. */
async function probe(dir: string): Promise<void> {
  let above = dir;
  let info: Deno.FileInfo | undefined;
  while (!info) {
    try {
      info = await Deno.stat(above);
    } catch (error) {
      const { NotFound, NotADirectory } = Deno.errors;
      const isMissing = error instanceof NotFound || error instanceof NotADirectory;
      if (!isMissing || above === "/" || above === ".") throw diskError("look at", above, error);
      const parent = above.replace(/\/?[^/]+\/*$/, "");
      above = parent === "" ? (dir.startsWith("/") ? "/" : ".") : parent;
    }
  }
  if (!info.isDirectory) {
    throw new Failure(
      "disk",
      `Cannot use ${dir} for results: ${above} is a file; choose another folder`,
    );
  }
  try {
    await Deno.remove(await Deno.makeTempDir({ dir: above, prefix: ".skreg-" }));
  } catch (error) {
    throw diskError("write results into", above, error);
  }
}

/** Removes what writeFile left in a folder when it was killed; nobody may be writing there. */
export async function removeTemporaries(dir: string): Promise<void> {
  if (!await Deno.stat(dir).catch(() => null)) return;
  for (const { name, isFile } of await list(dir)) {
    if (isFile && WRITTEN.test(name) && name.endsWith(".tmp")) await Deno.remove(`${dir}/${name}`);
  }
}

/** Tells our files from others', in the folder and in the folders of its trials. */
export async function survey(dir: string): Promise<{ written: string[]; foreign: string[] }> {
  const written: string[] = [], foreign: string[] = [];
  for (const entry of await list(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isFile && WRITTEN.test(entry.name)) {
      written.push(path);
    } else if (entry.isDirectory && (TRIAL.test(entry.name) || CELL.test(entry.name))) {
      const trial = await survey(path);
      written.push(...trial.written);
      foreign.push(...trial.foreign);
    } else if (!SYSTEM.test(entry.name)) { // a link too: what it leads to is not ours to judge
      foreign.push(path);
    }
  }
  return { written, foreign };
}

async function list(dir: string): Promise<Deno.DirEntry[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(dir))).sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    throw diskError("read the folder", dir, error);
  }
}
