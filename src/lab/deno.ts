/**
 * What the experiments use of Deno, for a place without it: its files lie on a {@linkcode Disk}.
 *
 * @module
 */
import { type Disk, DiskError, type DiskFile } from "./memory_disk.ts";

/** How a file is opened, as in Deno. */
type Opening = Deno.OpenOptions;

/** Deno's errors that the experiments tell apart; what a disk in memory never throws is there too. */
const errors = {
  NotFound: class extends Error {},
  AlreadyExists: class extends Error {},
  NotADirectory: class extends Error {},
  IsADirectory: class extends Error {},
  FilesystemLoop: class extends Error {},
  NotCapable: class extends Error {},
};

/** Turns a fault of the disk into Deno's error. */
function inDeno<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof DiskError ? new errors[error.fault](error.message) : error;
  }
}

/** What is known of a file or folder. */
function infoOf(found: DiskFile | "folder"): Partial<Deno.FileInfo> {
  const isFile = found !== "folder";
  const mtime = new Date(isFile ? found.changed : 0);
  return {
    isFile,
    isDirectory: !isFile,
    isSymlink: false,
    size: isFile ? found.bytes.length : 0,
    mtime,
    dev: 0,
  };
}

/**
 * Makes the part of `Deno` that the experiments use.
 *
 * @param disk Where the files lie.
 * @param settle Waits until what is on the disk is kept for good, as `sync` promises.
 */
export function createDeno(disk: Disk, settle: () => Promise<void> = async () => {}) {
  const locked = new Set<string>();

  const stat = (path: string) =>
    inDeno(() => {
      const found = disk.find(path);
      return infoOf(found ?? disk.file(path, "stat"));
    });

  const open = (path: string, options: Opening = { read: true }) =>
    inDeno(() => {
      const { write, append, create, createNew, truncate } = options;
      const found = disk.find(path);
      if (found === "folder" && (write || append)) disk.file(path); // it throws
      if (found && createNew) throw new DiskError("AlreadyExists", "open", path);
      if (!found && !create && !createNew) disk.file(path); // it throws
      if (!found || (truncate && found !== "folder")) disk.put(path, new Uint8Array());
      return openFile(path, append);
    });

  const openFile = (path: string, append = false) => {
    let at = 0, holds = false;
    const bytes = () => disk.file(path).bytes;
    const lockSync = () => {
      if (!holds && locked.has(path)) return false;
      locked.add(path);
      return holds = true;
    };
    const truncateSync = (length = 0) => void disk.put(path, resized(bytes(), length));
    const close = () => {
      if (holds) locked.delete(path);
      holds = false;
    };
    return {
      async read(into: Uint8Array) {
        const part = bytes().subarray(at, at + into.length);
        into.set(part);
        at += part.length;
        return await Promise.resolve(part.length > 0 || into.length === 0 ? part.length : null);
      },
      async write(part: Uint8Array) {
        if (append) at = bytes().length;
        const all = resized(bytes(), Math.max(bytes().length, at + part.length));
        all.set(part, at);
        disk.put(path, all);
        at += part.length;
        return await Promise.resolve(part.length);
      },
      async seek(offset: number, whence: number) {
        const from = [0, at, whence === 2 ? bytes().length : 0][whence];
        return await Promise.resolve(at = from + offset);
      },
      stat: async () => await Promise.resolve(stat(path)),
      sync: settle,
      truncateSync,
      truncate: async (length?: number) => await Promise.resolve(truncateSync(length)),
      utime: async (_: number, changed: number) => {
        const file = disk.file(path);
        await Promise.resolve(file.changed = 1000 * changed);
      },
      tryLockSync: lockSync,
      tryLock: async () => await Promise.resolve(lockSync()),
      async lock() {
        while (!lockSync()) await new Promise((resolve) => setTimeout(resolve, 1));
      },
      get readable() {
        return new Blob([bytes()]).stream();
      },
      close,
      [Symbol.dispose]: close,
    };
  };

  const writeFileSync = (
    path: string,
    part: Uint8Array,
    { append = false, createNew = false } = {},
  ) =>
    inDeno(() => {
      const found = disk.find(path);
      if (found && createNew) throw new DiskError("AlreadyExists", "open", path);
      const old = append && found ? disk.file(path).bytes : new Uint8Array();
      const all = resized(old, old.length + part.length);
      all.set(part, old.length);
      disk.put(path, all);
    });
  const readFileSync = (path: string) => inDeno(() => disk.file(path).bytes.slice());
  const readDirSync = (path: string) =>
    inDeno(() =>
      disk.list(path).map(({ name, isFolder }) => (
        { name, isFile: !isFolder, isDirectory: isFolder, isSymlink: false }
      ))
    );
  const mkdirSync = (path: string, { recursive = false } = {}) =>
    inDeno(() => disk.makeFolder(path, recursive));
  const removeSync = (path: string, { recursive = false } = {}) =>
    inDeno(() => disk.remove(path, recursive));
  const rename = (from: string, to: string) => inDeno(() => disk.rename(from, to));
  const makeTempDir = ({ dir = "", prefix = "" } = {}) => {
    const path = `${dir}/${prefix}${crypto.randomUUID().slice(0, 8)}`;
    mkdirSync(path);
    return path;
  };
  const realPath = (path: string) => {
    stat(path);
    return path;
  };

  return {
    errors,
    build: { os: "linux" },
    version: { deno: "in a browser", v8: "", typescript: "" },
    pid: 1,
    SeekMode: { Start: 0, Current: 1, End: 2 },
    hostname: () => "browser",
    cwd: () => "/",
    env: { get: () => undefined },
    permissions: { query: later(denied), querySync: denied },
    unrefTimer: () => {},
    ...{ open: later(open), openSync: open },
    ...{ stat: later(stat), statSync: stat, lstat: later(stat), lstatSync: stat },
    ...{
      readFile: later(readFileSync),
      readTextFileSync: (path: string) => text(readFileSync(path)),
    },
    ...{ writeFile: later(writeFileSync), writeFileSync },
    ...{ mkdir: later(mkdirSync), mkdirSync, makeTempDir: later(makeTempDir) },
    ...{ remove: later(removeSync), removeSync, rename: later(rename), realPath: later(realPath) },
    readDirSync,
    async *readDir(path: string) {
      yield* await Promise.resolve(readDirSync(path));
    },
  };
}

const denied = () => ({ state: "denied" });
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The same, as a promise. */
// deno-lint-ignore require-await
const later = <A extends unknown[], R>(run: (...args: A) => R) => async (...args: A) =>
  run(...args);

/** A copy of another length, zeros behind the end. */
function resized(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  all.set(bytes.subarray(0, length));
  return all;
}
