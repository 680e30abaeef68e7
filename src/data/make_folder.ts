/**
 * A folder that appears whole or not at all: it is built beside its place, and then renamed.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { Failure } from "../failure.ts";
import { diskError, failTo } from "../io/files.ts";
import { brokenLink, failToLock } from "../io/refusal.ts";

/**
 * Makes a folder, all or nothing.
 *
 * What killed processes left beside it is removed first. What a living process builds there is known
 * by its lock, which the kernel frees when the process ends.
 *
 * @param dir The folder to make; the folders above it are made too where they are missing.
 * @param build Fills a folder and returns its result. It is given `<dir>.part-<8 hex digits>`, which
 * exists and is removed in any case, and puts what becomes `dir` into its sub-folder `set`.
 * @throws {Error} If `dir` exists, the disk refuses or `build` throws; nothing is left behind then.
 */
export async function makeFolder<T>(
  dir: string,
  build: (work: string) => Promise<T>,
): Promise<T> {
  const target = withoutSlash(dir);
  await removeAbandoned(target);
  if (await isTaken(target)) {
    const lost = brokenLink(target);
    throw new Error(
      `Cannot fill ${target}: it exists, and nothing is overwritten${lost ? ` (${lost})` : ""}. ` +
        `Move it away, or name another`,
    );
  }
  const made = await missingAbove(target);
  const work = `${target}.part-${crypto.randomUUID().slice(0, 8)}`;
  let lock: Deno.FsFile | undefined;
  try {
    await Deno.mkdir(dirname(target), { recursive: true })
      // The lock comes before the folder, which no other process can then take for abandoned.
      .then(async () => {
        lock = await Deno.open(lockOf(work), { createNew: true, write: true });
        await lock.lock(true).catch(failToLock(lockOf(work)));
        await Deno.mkdir(`${work}/set`, { recursive: true });
      })
      .catch((error) => {
        throw error instanceof Failure ? error : diskError("create a folder beside", target, error);
      });
    const result = await build(work);
    await Deno.rename(`${work}/set`, target).catch(failTo("put the finished folder at", target));
    await Deno.remove(work, { recursive: true });
    return result;
  } catch (error) {
    await Deno.remove(work, { recursive: true }).catch(() => {}); // the first error counts
    throw error;
  } finally {
    lock?.close();
    await Deno.remove(lockOf(work)).catch(() => {});
    for (const folder of made) await Deno.remove(folder).catch(() => {}); // one that is filled stays
  }
}

/** A path without the slashes at its end. */
export function withoutSlash(path: string): string {
  return path.replace(/(?<=.)[/\\]+$/, "");
}

const lockOf = (work: string) => `${work}.lock`;

/** Removes the folders that killed processes built for this place. */
async function removeAbandoned(target: string): Promise<void> {
  const folder = dirname(target), prefix = `${basename(target)}.part-`;
  // Where there is no such folder yet, nothing lies in it.
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name, isDirectory } of entries) {
    const isOurs = name.startsWith(prefix) && /^[0-9a-f]{8}$/.test(name.slice(prefix.length));
    const work = `${folder}/${name}`;
    if (!isOurs || !isDirectory || await isLocked(lockOf(work))) continue;
    // What cannot be removed is in nobody's way.
    await Deno.remove(work, { recursive: true }).catch(() => {});
    await Deno.remove(lockOf(work)).catch(() => {});
  }
}

async function isLocked(path: string): Promise<boolean> {
  try {
    const file = await Deno.open(path, { write: true });
    return !await file.tryLock(true).finally(() => file.close()); // as in io/lock: no `using`
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound); // what is not ours to open is another's
  }
}

/** The folders above a path that do not exist, the deepest first. */
async function missingAbove(path: string): Promise<string[]> {
  const missing: string[] = [];
  let folder = dirname(path);
  while (!await isTaken(folder)) {
    missing.push(folder);
    folder = dirname(folder);
  }
  return missing;
}

/** Whether anything stands there, be it a link that leads nowhere; `exists` of io refuses such a link. */
async function isTaken(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw diskError("look at", path, error);
  }
}
