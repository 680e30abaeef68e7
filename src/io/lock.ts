/**
 * Locks on files, by which processes that share a folder take turns or keep out of each other's way.
 * The kernel frees those of a process that dies.
 *
 * @module
 */
import { dirname } from "node:path";
import { failTo } from "./files.ts";
import { failToLock } from "./refusal.ts";

/**
 * Runs work that no other process does in this folder at the same moment; waits for its turn.
 *
 * @param dir The folder; created. The empty file `.lock` stays in it.
 */
export async function withLock<T>(dir: string, run: () => Promise<T>): Promise<T> {
  const path = `${dir}/.lock`;
  const file = await openLock(path);
  try {
    await file.lock(true).catch(failToLock(path));
    return await run();
  } finally {
    file.close();
  }
}

/**
 * Takes a lock for a long time.
 *
 * @param path The lock's file; made, with the folders above it, and left there.
 * @returns The file, which holds the lock until it is closed; undefined where another process holds it.
 */
export async function tryLock(path: string): Promise<Deno.FsFile | undefined> {
  const file = await openLock(path);
  try {
    if (await file.tryLock(true)) return file;
  } catch (error) {
    file.close();
    throw failToLock(path)(error);
  }
  file.close();
}

/** Opens a lock's file; makes it, and the folders above it. */
async function openLock(path: string): Promise<Deno.FsFile> {
  return await Deno.mkdir(dirname(path), { recursive: true })
    .then(() => refuseOtherThanFile(path))
    .then(() => Deno.open(path, { create: true, read: true, write: true }))
    .catch(failTo("open", path));
}

/** Refuses links, since what they lead to is not ours to write, and pipes, which are waited for. */
async function refuseOtherThanFile(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch(() => null);
  if (!info || info.isFile) return;
  throw new Error(`it is ${info.isSymlink ? "a symbolic link" : "not a regular file"}; remove it`);
}

/**
 * Runs work that is done at once as {@linkcode withLock} does, unless it is another process's turn.
 *
 * @returns Whether it ran.
 */
export function tryWithLock(dir: string, run: () => void): boolean {
  const file = Deno.openSync(`${dir}/.lock`, { create: true, write: true });
  try { // no `using`: esbuild drops it where it minifies, and the lock would stay
    const isFree = file.tryLockSync(true);
    if (isFree) run();
    return isFree;
  } finally {
    file.close();
  }
}
