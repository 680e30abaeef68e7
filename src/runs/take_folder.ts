/**
 * Taking a folder for results: whether it may be, and where earlier results wait until the new ones are
 * there. Other processes are kept out of it by hold_folder.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { diskError, exists, ifThere, isMissing, readJson, removeFile } from "../io/files.ts";
import { brokenLink, failToLock, nameFault } from "../io/refusal.ts";
import {
  configFile,
  isOfTrial,
  isProofFile,
  isResultFile,
  previousFolder,
  summaryFile,
  survey,
} from "./file_names.ts";
import { holdFolder } from "./hold_folder.ts";

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
    written.some((path) => isProofFile(path) && !foreign.includes(path));
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
  const lock = await holdFolder(dir, dir);
  try {
    await checkFolder(dir, options); // whoever held the lock until now may have left results
    await setAside(dir);
    await write();
    await dropPrevious(dir);
  } finally {
    lock.release();
  }
}

/**
 * Moves our files into `previous`. Where one without a result would replace one with, it goes instead.
 *
 * @param trial Only the files of this trial's folder; default all.
 */
export async function setAside(dir: string, trial?: string): Promise<void> {
  const previous = previousFolder(dir);
  if ((await Deno.lstat(previous).catch(() => null))?.isSymlink) {
    throw new Failure("disk", `Cannot write ${previous}: it is a symbolic link; remove it`);
  }
  const { written } = await survey(dir);
  const [earlier, now] = [true, false].map((isEarlier) =>
    written.filter((path) => path.startsWith(`${previous}/`) === isEarlier)
  );
  const own = trial === undefined ? now : now.filter((path) => isOfTrial(dir, path, trial));
  const isWorth = (paths: string[]) => paths.some(isResultFile);
  if (!isWorth(own) && isWorth(earlier)) {
    for (const path of own) await removeFile(path);
    return;
  }
  if (trial === undefined && own.length > 0 && !isWorth(own)) await dropPrevious(dir);
  // What is there already may be the first part of the same, moved when a run was killed. What makes it
  // worth keeping goes last, so that the rest is never taken for a run that came to nothing.
  const inOrder = [false, true].flatMap((last) =>
    own.filter((path) => isResultFile(path) === last)
  );
  for (const path of inOrder) {
    const target = `${previous}/${path.slice(dir.length + 1)}`;
    try {
      await Deno.mkdir(target.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.rename(path, target);
    } catch (error) {
      if (await exists(path)) throw diskError("move", path, error);
    }
  }
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
    await removeFile(path);
    for (let above = path; above !== previous;) {
      above = above.replace(/\/[^/]*$/, "");
      folders.add(above);
    }
  }
  const deepest = [...folders].sort((a, b) => b.length - a.length);
  for (const folder of deepest) await Deno.remove(folder).catch(() => {}); // others' files are in it
}

/**
 * Whether config.json or summary.json is one of ours, or gone by now: other programs write files of
 * these names.
 */
async function isOurJson(path: string): Promise<boolean> {
  const value = await ifThere(readJson<Record<string, unknown> | null>(path)).catch(() => null);
  if (value === undefined) return true;
  const isList = (name: string) => Array.isArray(value?.[name]);
  return isList("trials") || isList("layers");
}

/** Writes and locks a file in the nearest folder above `dir` that exists. */
async function probe(dir: string): Promise<void> {
  let above = dir;
  let info: Deno.FileInfo | undefined;
  while (!info) {
    try {
      info = await Deno.stat(above);
    } catch (error) {
      if (!isMissing(error) || above === "/" || above === ".") {
        throw diskError("look at", above, error);
      }
      const broken = brokenLink(above);
      const fault = broken
        ? `${broken}; mount or make that, or choose another folder`
        : nameFault(above);
      if (fault) throw new Failure("disk", `Cannot use ${dir} for results: ${fault}`);
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
    const trial = await Deno.makeTempDir({ dir: above, prefix: ".skreg-" });
    try {
      using file = await Deno.open(`${trial}/lock`, { createNew: true, write: true });
      await file.lock(true).catch(failToLock(above));
    } finally {
      await Deno.remove(trial, { recursive: true });
    }
  } catch (error) {
    throw error instanceof Failure ? error : diskError("write results into", above, error);
  }
}
