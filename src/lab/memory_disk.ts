/**
 * A disk in memory: folders and files by path, as the experiments need them where there is none. keep_disk
 * keeps it in the browser.
 *
 * @module
 */

/** A file. */
export interface DiskFile {
  /** All of it; replaced, never changed in place. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970 of the last change. */
  changed: number;
}

/** What went wrong, by the name of Deno's error for it. */
export type Fault = "NotFound" | "AlreadyExists" | "NotADirectory" | "IsADirectory";

/** Thrown where a path does not lead to what is wanted. */
export class DiskError extends Error {
  /** Which fault it is. */
  readonly fault: Fault;

  /** Makes one, worded as Deno words it. */
  constructor(fault: Fault, action: string, path: string) {
    super(`${WORDS[fault]}: ${action} '${path}'`);
    this.fault = fault;
  }
}

const WORDS: Record<Fault, string> = {
  NotFound: "No such file or directory (os error 2)",
  AlreadyExists: "File exists (os error 17)",
  NotADirectory: "Not a directory (os error 20)",
  IsADirectory: "Is a directory (os error 21)",
};

/** A path from the root, without the dots and slashes that say nothing: "data/l2/summary.json". */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The folder that a plain path lies in; the root is "". */
const above = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** Folders and files. */
export class Disk {
  readonly #files = new Map<string, DiskFile>();
  readonly #folders = new Set<string>([""]);
  /** Told of each file that is new, changed (its content) or gone (undefined). */
  onChange: (path: string, file: DiskFile | undefined) => void = () => {};

  /** What stands at a path; undefined where nothing does. */
  find(path: string): DiskFile | "folder" | undefined {
    const plain = plainPath(path);
    return this.#folders.has(plain) ? "folder" : this.#files.get(plain);
  }

  /** The file at a path. @throws {DiskError} Where there is none. */
  file(path: string, action = "open"): DiskFile {
    const found = this.find(path);
    if (found === "folder") throw new DiskError("IsADirectory", action, path);
    return found ?? this.#miss(action, path);
  }

  /** Replaces a file, or makes one in a folder that is there. @throws {DiskError} */
  put(path: string, bytes: Uint8Array<ArrayBuffer>, changed = Date.now()): DiskFile {
    const plain = plainPath(path);
    if (this.#folders.has(plain)) throw new DiskError("IsADirectory", "open", path);
    this.#needFolder(above(plain), "open", path);
    const file = { bytes, changed };
    this.#files.set(plain, file);
    this.onChange(plain, file);
    return file;
  }

  /** Makes a folder; with `recursive` those above it too, and one that is there is no fault. */
  makeFolder(path: string, recursive = false): void {
    const plain = plainPath(path), found = this.find(path);
    if (found && !(recursive && found === "folder")) {
      throw new DiskError("AlreadyExists", "mkdir", path);
    }
    if (recursive && plain !== "") {
      if (this.#files.has(above(plain))) throw new DiskError("NotADirectory", "mkdir", path);
      this.makeFolder(above(plain), true);
    } else this.#needFolder(above(plain), "mkdir", path);
    this.#folders.add(plain);
  }

  /** Names of what lies in a folder, sorted. @throws {DiskError} Where it is none. */
  list(path: string): { name: string; isFolder: boolean }[] {
    const plain = plainPath(path);
    this.#needFolder(plain, "readdir", path);
    const inside = (all: Iterable<string>, isFolder: boolean) =>
      [...all].filter((it) => it !== "" && above(it) === plain)
        .map((it) => ({ name: it.slice(it.lastIndexOf("/") + 1), isFolder }));
    return [...inside(this.#folders, true), ...inside(this.#files.keys(), false)]
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Paths of all files in a folder and below it, sorted. */
  walk(path = ""): string[] {
    const plain = plainPath(path);
    return [...this.#files.keys()].filter((it) => isIn(it, plain)).sort();
  }

  /** Removes a file or an empty folder; with `recursive` what is in it, too. @throws {DiskError} */
  remove(path: string, recursive = false): void {
    const plain = plainPath(path), found = this.find(path);
    if (!found) this.#miss("remove", path);
    if (found === "folder" && !recursive && this.list(path).length > 0) {
      throw new DiskError("AlreadyExists", "remove", path);
    }
    for (const file of [...this.#files.keys()].filter((it) => it === plain || isIn(it, plain))) {
      this.#files.delete(file);
      this.onChange(file, undefined);
    }
    for (const folder of [...this.#folders]) {
      if (folder !== "" && (folder === plain || isIn(folder, plain))) this.#folders.delete(folder);
    }
  }

  /** Gives a file or folder another name; a file that has it is replaced. @throws {DiskError} */
  rename(from: string, to: string): void {
    const [old, now] = [from, to].map(plainPath), found = this.find(from);
    if (!found) this.#miss("rename", from);
    this.#needFolder(above(now), "rename", to);
    if (old === now) return;
    if (found !== "folder") {
      if (this.#folders.has(now)) throw new DiskError("IsADirectory", "rename", to);
      this.put(now, found.bytes, found.changed);
      return this.remove(old);
    }
    if (this.#files.has(now)) throw new DiskError("NotADirectory", "rename", to);
    if (this.#folders.has(now) && this.list(now).length > 0) {
      throw new DiskError("AlreadyExists", "rename", to);
    }
    const moved = (path: string) => now + path.slice(old.length);
    const folders = [...this.#folders].filter((it) => it === old || isIn(it, old));
    for (const folder of folders) this.#folders.add(moved(folder));
    for (const path of this.walk(old)) {
      const { bytes, changed } = this.file(path);
      this.put(moved(path), bytes, changed);
    }
    this.remove(old, true);
  }

  #needFolder(plain: string, action: string, path: string): void {
    if (this.#folders.has(plain)) return;
    if (this.#files.has(plain)) throw new DiskError("NotADirectory", action, path);
    this.#miss(action, path);
  }

  #miss(action: string, path: string): never {
    const parts = plainPath(path).split("/");
    const isInFile = parts.some((_, i) => i > 0 && this.#files.has(parts.slice(0, i).join("/")));
    throw new DiskError(isInFile ? "NotADirectory" : "NotFound", action, path);
  }
}

const isIn = (path: string, folder: string) => folder === "" || path.startsWith(`${folder}/`);
