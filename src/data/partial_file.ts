/**
 * A file on its way: what has come of a download stays on the disk, with where it is from, so that
 * the next run can ask for the rest.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { diskError, exists, failTo, readJson, writeJson } from "../io/files.ts";
import { failToLock } from "../io/refusal.ts";

/** Where a file is from: an address, and the state of what was there. */
export interface Origin {
  /** The address. */
  url: string;
  /** What `If-Range` takes: a strong ETag, or the date of the last change. */
  validator: string;
}

/** A file that grows at its end. */
export interface PartialFile {
  /** Bytes that are there. */
  readonly size: number;
  /** Where the bytes are from; missing where that is unknown, so that nothing can be added later. */
  readonly origin?: Origin;
  /** Empties the file; what is added from now on is from `origin`. */
  restart(origin?: Origin): Promise<void>;
  /** Adds bytes. Synchronous. */
  append(bytes: Uint8Array): void;
  /** Gives the whole file its place. @throws {Error} If the disk refuses. */
  finish(place: string): Promise<void>;
  /** Ends the work with an unfinished file: it stays for the next run where its origin is known. */
  close(): Promise<void>;
}

/**
 * Opens a partial file; makes it where it is missing. Another process is kept out until it is closed.
 *
 * @param path The file; beside it lies `<path>.json`.
 * @param url Where it must be from; a file from elsewhere is emptied.
 * @throws {Error} Naming the file if another process uses it, or if the disk refuses.
 */
export async function openPartialFile(path: string, url: string): Promise<PartialFile> {
  await refuseOthers(path);
  const file = await Deno.open(path, { read: true, write: true, create: true })
    .catch(failTo("write", path));
  let size = 0, origin: Origin | undefined, open = true;
  const release = () => {
    file.close();
    open = false;
  };
  const partial: PartialFile = {
    get size() {
      return size;
    },
    get origin() {
      return origin;
    },
    async restart(from) {
      [size, origin] = [0, from];
      await remove(noteOf(path));
      await file.truncate(0);
      await file.seek(0, Deno.SeekMode.Start);
      if (origin) await writeJson(noteOf(path), origin);
    },
    append(bytes) {
      try {
        for (let done = 0; done < bytes.length;) {
          const written = file.writeSync(bytes.subarray(done));
          [done, size] = [done + written, size + written];
        }
      } catch (error) {
        throw diskError("write", path, error);
      }
    },
    async finish(place) {
      release();
      await Deno.rename(path, place).catch(failTo("write", place));
      await remove(noteOf(path));
    },
    async close() {
      if (!open) return;
      release();
      if (size > 0 && origin) return;
      await remove(path);
      await remove(noteOf(path));
    },
  };
  try {
    if (!await file.tryLock(true).catch(failToLock(path))) {
      throw new Error(`Cannot write ${path}: another process does. Wait for it, or end it`);
    }
    const found: Partial<Origin> | null = await readJson<Origin>(noteOf(path)).catch(() => null);
    const known = found?.url === url && typeof found.validator === "string";
    if (!known) await partial.restart();
    else {
      origin = { url, validator: found.validator! };
      size = await file.seek(0, Deno.SeekMode.End);
    }
    return partial;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Refuses a path where something stands that has no note of ours and is no start of an archive. */
async function refuseOthers(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch(() => null);
  if (!info || info.isFile && info.size === 0) return;
  if (info.isFile && await exists(noteOf(path))) return;
  const start = new Uint8Array(2);
  if (info.isFile) {
    using file = await Deno.open(path).catch(failTo("read", path));
    await file.read(start);
    if (start[0] === 0x50 && start[1] === 0x4b) return; // "PK"
  }
  throw new Failure(
    "disk",
    `Cannot write ${path}: what is there is not the start of an archive; move it, or remove it`,
  );
}

const noteOf = (path: string) => `${path}.json`;

/** Removes a file, if there is one. */
async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}
