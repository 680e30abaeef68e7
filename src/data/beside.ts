/**
 * A folder that appears whole or not at all: it is built beside its place, and then renamed.
 *
 * @module
 */
import { dirname } from "node:path";
import { diskError } from "../io/files.ts";

/**
 * Makes a folder, all or nothing.
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
  const target = dir.replace(/(?<=.)[/\\]+$/, "");
  if (await exists(target)) {
    throw new Error(
      `Cannot fill ${target}: it exists, and nothing is overwritten. Move it away, or name another`,
    );
  }
  const made = await missingAbove(target);
  const work = `${target}.part-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await Deno.mkdir(`${work}/set`, { recursive: true }).catch((error) => {
      throw diskError("create a folder beside", target, error);
    });
    const result = await build(work);
    await Deno.rename(`${work}/set`, target).catch((error) => {
      throw diskError("put the finished folder at", target, error);
    });
    await Deno.remove(work, { recursive: true });
    return result;
  } catch (error) {
    await Deno.remove(work, { recursive: true }).catch(() => {}); // the first error counts
    for (const folder of made) await Deno.remove(folder).catch(() => {}); // where still empty
    throw error;
  }
}

/** The folders above a path that do not exist, the deepest first. */
async function missingAbove(path: string): Promise<string[]> {
  const missing: string[] = [];
  let folder = dirname(path);
  while (!await exists(folder)) {
    missing.push(folder);
    folder = dirname(folder);
  }
  return missing;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw diskError("look at", path, error);
  }
}
