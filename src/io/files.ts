/**
 * Whole files, read with care and written atomically.
 *
 * A run that dies, a full disk or a kill -9 leaves either the old file or the new one, never a half:
 * the bytes go to a temporary beside the file, reach the disk, and then take the file's name.
 *
 * @module
 */
import { dirname } from "node:path";
import { Failure } from "../failure.ts";
import { brokenLink, cannotRead, nameFault, placeOf, reasonOf } from "./refusal.ts";

/**
 * The most bytes of a file, and of an array in one: VGG19, of the largest networks in use, has 0.6 GB, and
 * takes 2.5 GB of memory on its way.
 */
export const MOST_BYTES = 2 ** 30;

/** What is to be written, where it need not lie in one piece. */
export interface Content extends Iterable<Uint8Array> {
  /** Bytes in all. */
  readonly length: number;
}

/**
 * Replaces a file atomically; missing folders above it are created.
 *
 * @param path The file. While it is written, `<path>.<8 hex digits>.tmp` lies beside it.
 * @param content All of it; must not change meanwhile.
 * @param beforeRename Called when the bytes are on the disk, before they take the file's name.
 * @throws {Error} naming the file if the disk refuses; the old file is then untouched.
 */
export async function writeFile(
  path: string,
  content: Uint8Array | Content,
  beforeRename: () => Promise<void> = async () => {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await writeThrough(temporary, content instanceof Uint8Array ? [content] : content);
    await beforeRename();
    await Deno.rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // the first error is the one worth reporting
    throw diskError("write", `${path} (${content.length} bytes)`, error);
  }
}

/**
 * Appends to a file, which is made if it is missing, and so are the folders above it. Synchronous.
 *
 * @throws {Error} naming the file if the disk refuses; it may then end in a part of the bytes.
 */
export function appendFile(path: string, bytes: Uint8Array): void {
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(path, bytes, { append: true });
  } catch (error) {
    throw diskError("write", path, error);
  }
}

/**
 * Replaces a JSON file atomically, indented and ending in a newline.
 *
 * @param value What `JSON.stringify` accepts; JSON has no word for NaN and ±∞: they become null.
 * @throws {TypeError} if the value has no JSON form (undefined, a function, a cycle).
 * @throws {Error} naming the file if the disk refuses.
 */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const text: string | undefined = JSON.stringify(value, null, 2);
  if (text === undefined) throw new TypeError(`Cannot write ${path}: ${value} has no JSON form`);
  await writeText(path, text + "\n");
}

/** Replaces a text file atomically, as UTF-8. @throws {Error} naming the file if the disk refuses. */
export async function writeText(path: string, text: string): Promise<void> {
  await writeFile(path, new TextEncoder().encode(text));
}

/**
 * Reads a JSON file, and takes the caller's word for its shape.
 *
 * @throws {Error} naming the file if it cannot be read or is no JSON.
 */
export async function readJson<T>(path: string): Promise<T> {
  const text = await readText(path);
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw cannotRead(path, `it is no JSON (${(cause as Error).message})`);
  }
}

/**
 * Reads a regular file whole.
 *
 * @param options.maxBytes The largest size accepted, default 1 GiB.
 * @throws {Failure} naming the file if it is larger, missing, unreadable or not a regular file.
 */
export async function readFile(
  path: string,
  { maxBytes = MOST_BYTES }: { maxBytes?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const size = await fileSize(path);
  if (size > maxBytes) {
    throw cannotRead(path, `its ${size} bytes are more than the ${maxBytes} allowed`);
  }
  return await Deno.readFile(path).catch(failTo("read", path));
}

/** Reads a regular file of UTF-8 whole. @throws {Failure} as {@linkcode readFile}. */
export async function readText(path: string, options?: { maxBytes?: number }): Promise<string> {
  return new TextDecoder().decode(await readFile(path, options));
}

/**
 * The bytes of a regular file.
 *
 * @throws {Failure} naming the file if it is missing, unreadable or not a regular file.
 */
export async function fileSize(path: string): Promise<number> {
  // Look before opening: reading a pipe waits for ever, and a sparse file can fill the memory.
  const info = await Deno.stat(path).catch(failTo("read", path));
  if (info.isFile) return info.size;
  throw cannotRead(path, `it is ${info.isDirectory ? "a folder" : "not a regular file"}`);
}

/**
 * Reads a part of a regular file; less where the file ends.
 *
 * @throws {Failure} as {@linkcode fileSize}.
 */
export async function readPart(
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  await fileSize(path);
  try {
    using file = await Deno.open(path);
    return await readAt(file, offset, length);
  } catch (error) {
    throw diskError("read", path, error);
  }
}

/** Reads a part of an open file; less where the file ends. */
export async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  let done = 0;
  while (done < length) { // one read may give less than there is
    const count = await file.read(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/**
 * Waits for the reading of a file, which gives undefined where the file is not there: other processes
 * may have removed what was there a moment ago.
 */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  return await reading.catch((error) => {
    if (isMissing(error.cause)) return undefined;
    throw error;
  });
}

/** Removes a file; one that is gone already is no fault. @throws {Failure} "disk", naming it. */
export async function removeFile(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!isMissing(error)) throw diskError("remove", path, error);
  });
}

/** Whether there is a file or folder of this name. @throws {Error} As `look`. */
export async function exists(path: string): Promise<boolean> {
  return await look(path) !== null;
}

/**
 * What stands at a path; null where nothing does.
 *
 * @param action What errors say was tried; "read" makes them those of an input.
 * @throws {Error} naming the path if it may not be looked at, or a link on the way leads nowhere, which
 *   does not prove that nothing is there.
 */
export async function look(path: string, action = "look at"): Promise<Deno.FileInfo | null> {
  return await Deno.stat(path).catch((error) => {
    if (isMissing(error) && !brokenLink(path)) return null;
    throw diskError(action, path, error);
  });
}

/** Whether there is a folder of this name to read. @throws {Error} As `look`. */
export async function isFolder(path: string): Promise<boolean> {
  return (await look(path, "read"))?.isDirectory ?? false;
}

/** Why a path that should be a folder is none, in words; undefined where it is one. */
export async function folderFault(path: string): Promise<string | undefined> {
  const info = await Deno.stat(path).catch((error: Error) => error);
  if (!(info instanceof Error)) return info.isDirectory ? undefined : "it is no folder";
  if (!isMissing(info)) return reasonOf(path, info, true);
  return brokenLink(path) ?? nameFault(path) ?? `there is no such folder${placeOf(path)}`;
}

/** Whether an error says that nothing stands at a path. */
export function isMissing(error: unknown): boolean {
  const { NotFound, NotADirectory } = Deno.errors;
  return error instanceof NotFound || error instanceof NotADirectory;
}

/**
 * Words a failure of the disk as `Cannot <action> <path>: <reason>`.
 *
 * @returns Of kind "input" where a file cannot be read, else "disk"; its `cause` is the original one.
 */
export function diskError(action: string, path: string, cause: unknown): Failure {
  const isRead = /^(read|find)/.test(action);
  const reason = reasonOf(path, cause, isRead);
  return new Failure(isRead ? "input" : "disk", `Cannot ${action} ${path}: ${reason}`, { cause });
}

/** Throws the failure that {@linkcode diskError} words, for a `catch`. */
export function failTo(action: string, path: string): (cause: unknown) => never {
  return (cause) => {
    throw diskError(action, path, cause);
  };
}

async function writeThrough(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (const bytes of parts) {
    // One write may take fewer bytes than offered without calling it an error.
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }
  await file.sync();
}

/** Writes a folder itself to the disk: only then is a new name in it safe. Windows cannot open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(folder);
  await handle.sync();
}
