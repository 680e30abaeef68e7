/**
 * The folders and file names of a run (SPEC §7): one function per name, so that what one phase
 * writes is what the next one reads; and what of them a folder holds.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { diskError, folderFault, isMissing, removeFile } from "../io/files.ts";
import { byNumber } from "../io/stored_network.ts";
import { isLeftBehind } from "../io/left_behind.ts";
import type { Rank } from "../prior/kernels.ts";

/** The penalty on conv kernels: λ·Σw², or λ·Σ wᵀSw with kernels that start as draws from the prior. */
export type Mode = "l2" | "sk";

/** The name of one network's folder: `trial000`, `trial001`, … (the trial counts from 0). */
export const trialName = (trial: number): string => `trial${String(trial).padStart(3, "0")}`;

/** Whether a trial's network is finished: its weights are written last. */
export async function isTrialFinished(trialDir: string): Promise<boolean> {
  return await isFile(weightsFile(trialDir));
}

/** The kept weights of a trial: `<trialDir>/cnn.h5`, in Keras' layout. */
export const weightsFile = (trialDir: string): string => `${trialDir}/cnn.h5`;

/** One learning curve, float64, a value per epoch: `<trialDir>/train_losses.npy`, … */
export const historyFile = (
  trialDir: string,
  split: "train" | "valid",
  metric: "losses" | "CCEs" | "accs",
): string => `${trialDir}/${split}_${metric}.npy`;

/** The fitted Σ of a conv layer, counted from 1: `<gaussianDir>/conv1_cov_rank3.npy`, … */
export const covarianceFile = (gaussianDir: string, layer: number, rank: Rank): string =>
  `${gaussianDir}/conv${layer}_cov_rank${rank}.npy`;

/** A picture of a fitted layer: `<gaussianDir>/conv1_kernels.svg`, `conv1_covariance.svg`, … */
export const pictureFile = (
  gaussianDir: string,
  layer: number,
  what: "kernels" | "covariance" | "tikhonov",
): string => `${gaussianDir}/conv${layer}_${what}.svg`;

/** An exported matrix of a conv layer: `<out>/conv1_covariance.npy` or `conv1_precision.npy`. */
export const exportedMatrixFile = (
  out: string,
  layer: number,
  what: "covariance" | "precision",
): string => `${out}/conv${layer}_${what}.npy`;

/** The whole exported prior: `<out>/prior.json`. */
export const priorFile = (out: string): string => `${out}/prior.json`;

/** A program that uses an exported prior: `<out>/example_pytorch.py` or `example_keras.py`. */
export const exampleFile = (out: string, framework: "pytorch" | "keras"): string =>
  `${out}/example_${framework}.py`;

/** The results of a run: `<dir>/summary.json`. */
export const summaryFile = (dir: string): string => `${dir}/summary.json`;

/** How a run was made: `<dir>/config.json`. */
export const configFile = (dir: string): string => `${dir}/config.json`;

/** A row for each trial and epoch: `<dir>/metrics.csv`. */
export const metricsFile = (dir: string): string => `${dir}/metrics.csv`;

/**
 * TensorBoard's file in a folder: `<dir>/events.out.tfevents.<seconds since 1970>.skreg`, and for the mean
 * over so many trials `….skreg.mean20`.
 */
export const eventsFile = (dir: string, seconds: number, trials?: number): string =>
  `${dir}/events.out.tfevents.${seconds}.skreg${trials ? `.mean${trials}` : ""}`;

/** Whether a name is that of an {@linkcode eventsFile}. */
export const isEventsFile = (name: string): boolean =>
  /^events\.out\.tfevents\.\d+\.skreg(\.mean\d+)?$/.test(name);

/** What the networks said of each test image: `<dir>/predictions.csv`. */
export const predictionsFile = (dir: string): string => `${dir}/predictions.csv`;

/** The training curves of a run: `<dir>/curves.svg`. */
export const curvesFile = (dir: string): string => `${dir}/curves.svg`;

/** Training images as the network sees them: `<dir>/augmented.png`. */
export const augmentedFile = (dir: string): string => `${dir}/augmented.png`;

/** Confusion on the test images: `<dir>/confusion.svg`; of the grid `confusion_l2.svg`, `confusion_sk.svg`. */
export const confusionFile = (dir: string, mode?: Mode): string =>
  `${dir}/confusion${mode ? `_${mode}` : ""}.svg`;

/** The grid's table, findings and picture: `<dir>/grid.csv`, `grid.json`, `grid.svg`. */
export const gridFile = (dir: string, kind: "csv" | "json" | "svg"): string =>
  `${dir}/grid.${kind}`;

/** Where trials that train side by side stood: in the folder of the first of them. */
export const checkpointFile = (trialDir: string, which: "newest" | "previous" = "newest"): string =>
  `${trialDir}/checkpoint${which === "previous" ? ".previous" : ""}.bin`;

/** The lock that whoever trains a trial holds: in the trial's folder. */
export const runningFile = (trialDir: string): string => `${trialDir}/.running`;

/** The folder of the grid's trials of one mode and α, inside the grid's: `l2_alpha4.29`. */
export const cellFolder = (mode: Mode, alpha: number): string => `${mode}_alpha${alpha}`;

/** Where an earlier run waits until the one that replaces it has results: `<dir>/previous`. */
export const previousFolder = (dir: string): string => `${dir}/previous`;

/** Whether a file makes a run worth keeping until another one is there. */
export const isResultFile = (path: string): boolean =>
  /\/(cnn\.h5|summary\.json|prior\.json)$/.test(path);

/** Whether a file proves a run of ours: curves or covariances among other files may be anybody's. */
export const isProofFile = (path: string): boolean =>
  isResultFile(path) || /\/config\.json$/.test(path);

/** Whether a file is a trial's own: in its folder, or for a single network what is a trial's. */
export function isOfTrial(dir: string, path: string, trial: string): boolean {
  if (trial !== ".") return path.startsWith(`${dir}/${trial}/`);
  return /^(cnn\.h5|checkpoint.*|(train|valid)_\w+\.npy)$/.test(path.slice(dir.length + 1));
}

const TRIAL = /^trial\d{3,}$/;
/** Folders of a run that hold trials. */
const CELL = /^((l2|sk)_alpha[\d.e+-]+|previous)$/;
/** Every name made above, and the temporaries that writeFile leaves behind when it is killed. */
const NAMES = [
  /cnn\.h5|(train|valid)_(losses|CCEs|accs)\.npy|conv\d+_cov_rank[23]\.npy/,
  /conv\d+_(kernels|covariance|tikhonov)\.svg|(summary|config|grid)\.json/,
  /(metrics|predictions|grid)\.csv|(curves|grid|confusion(_l2|_sk)?)\.svg|augmented\.png/,
  /conv\d+_(covariance|precision)\.npy|prior\.json|example_(pytorch|keras)\.py/,
  /checkpoint(\.previous)?\.bin/,
  /events\.out\.tfevents\.\d+\.skreg(\.mean\d+)?/,
].map(({ source }) => source).join("|");
const WRITTEN = new RegExp(`^(${NAMES})(\\.[0-9a-f]{8}\\.tmp)?$`);
/** The names that `fit` writes. */
export const FIT_FILE =
  /^(previous\/)?(conv\d+_(cov_rank[23]\.npy|(kernels|covariance|tikhonov)\.svg)|(summary|config)\.json)/;
/** The names that `export` writes. */
export const EXPORT_FILE =
  /^(previous\/)?(conv\d+_(covariance|precision)\.npy|prior\.json|example_(pytorch|keras)\.py)/;

/** Our locks, and the folder with which `probe` tries the disk. */
const SYSTEM = /^(\.lock|\.running|\.skreg-\w+)$/;

/**
 * Lists the trials whose network is finished.
 *
 * @param kernelDir The folder of phase 1, default of the program `data/kernel_dataset`.
 * @returns Paths of the trial folders that hold a cnn.h5, by number; at least one.
 * @throws {Error} naming the folder if it is missing or holds no such trial.
 */
export async function listTrials(kernelDir: string): Promise<string[]> {
  const trials: string[] = [];
  const fault = await folderFault(kernelDir);
  for (const { name } of fault ? [] : await listEntries(kernelDir)) {
    const trial = `${kernelDir}/${name}`;
    if (TRIAL.test(name) && await isTrialFinished(trial)) trials.push(trial);
  }
  if (trials.length > 0) return trials.sort(byNumber);
  throw new Failure(
    "input",
    `Cannot find trained networks in ${kernelDir}: ${fault ?? "it holds no trial000/cnn.h5"}; ` +
      `name the folder of a phase 1 with several trials`,
  );
}

/** The finished trials inside a result folder, by number; there may be none. */
export async function listFinished(dir: string): Promise<{ folder: string; trial: number }[]> {
  const paths = await listTrials(dir).catch(() => []);
  return paths.map((path) => {
    const folder = path.slice(dir.length + 1);
    return { folder, trial: Number(folder.slice("trial".length)) };
  });
}

/** The folders inside a grid's result folder that may hold the trials of one mode and α. */
export async function listCells(dir: string): Promise<string[]> {
  const names = (await listEntries(dir)).filter(({ isDirectory }) => isDirectory).map(({ name }) =>
    name
  );
  return names.filter((name) => CELL.test(name) && name !== "previous");
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
  for (const { name, isDirectory, isFile } of await listEntries(dir)) {
    if (isFile && name === ".running") found.push(".");
    if (!isDirectory || !(TRIAL.test(name) || CELL.test(name))) continue;
    for (const below of await listRunning(`${dir}/${name}`)) {
      found.push(below === "." ? name : `${name}/${below}`);
    }
  }
  return found;
}

/** Removes what writeFile left in a folder when it was killed; nobody may be writing there. */
export async function removeTemporaries(dir: string): Promise<void> {
  for (const { name, isFile } of await listEntries(dir)) {
    if (isFile && WRITTEN.test(name) && name.endsWith(".tmp")) await removeFile(`${dir}/${name}`);
  }
}

/** Tells our files from others', in the folder and in the folders of its trials. */
export async function survey(dir: string): Promise<{ written: string[]; foreign: string[] }> {
  const written: string[] = [], foreign: string[] = [];
  for (const entry of await listEntries(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isFile && WRITTEN.test(entry.name)) {
      written.push(path);
    } else if (entry.isDirectory && (TRIAL.test(entry.name) || CELL.test(entry.name))) {
      const trial = await survey(path);
      written.push(...trial.written);
      foreign.push(...trial.foreign);
    } else if (entry.isSymlink || !(SYSTEM.test(entry.name) || isLeftBehind(entry.name))) {
      foreign.push(path); // a link too: what it leads to is not ours to judge
    }
  }
  return { written, foreign };
}

/** What lies in a folder, by name; nothing where it is missing, as another process may have removed it. */
export async function listEntries(dir: string): Promise<Deno.DirEntry[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(dir))).sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (isMissing(error)) return [];
    throw diskError("read the folder", dir, error);
  }
}

/** Whether a file lies there, as far as one may look. */
export async function isFile(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => null))?.isFile ?? false;
}
