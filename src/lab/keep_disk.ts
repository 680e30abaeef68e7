/**
 * Keeps a disk in the browser's IndexedDB, so that a page that is closed, or a machine that stops, loses
 * nothing: a file is a record, its path the key. What is found there is always the disk as it was at one
 * moment, since what changed in the meantime is written in one transaction.
 *
 * @module
 */
/// <reference lib="dom" />
import type { Disk, DiskFile } from "./memory_disk.ts";

const DATABASE = "skreg-lab", STORE = "files";

/** A disk that is kept. */
export interface Kept {
  /** Waits until all that is on the disk is kept; at once where the browser keeps nothing. */
  settle(): Promise<void>;
}

/**
 * Fills a disk with what was kept, and keeps it from then on.
 *
 * @param onRefusal Told, once, when the browser refuses to keep: from then on the disk is in memory alone.
 */
export async function keepDisk(disk: Disk, onRefusal: (reason: string) => void): Promise<Kept> {
  let database: IDBDatabase | undefined;
  const refuse = (error: unknown) => {
    if (database) onRefusal(wordsOf(error));
    database?.close();
    database = undefined;
  };
  try {
    database = await open();
    await load(database, disk);
  } catch (error) {
    onRefusal(wordsOf(error));
    database = undefined;
  }

  let changes = new Map<string, DiskFile | undefined>();
  let writing: Promise<void> | undefined;
  const write = async () => {
    await null; // the work that is going on comes to its end first
    while (database && changes.size > 0) {
      const now = changes;
      changes = new Map();
      await put(database, now).catch(refuse);
    }
    writing = undefined;
  };
  disk.onChange = (path, file) => {
    if (!database) return;
    changes.set(path, file);
    writing ??= write();
  };
  return {
    async settle() {
      while (writing) await writing;
    },
  };
}

function open(): Promise<IDBDatabase> {
  const asking = indexedDB.open(DATABASE, 1);
  asking.onupgradeneeded = () => asking.result.createObjectStore(STORE);
  return answer(asking);
}

async function load(database: IDBDatabase, disk: Disk): Promise<void> {
  const store = database.transaction(STORE).objectStore(STORE);
  const [paths, files] = await Promise.all([
    answer(store.getAllKeys()),
    answer<DiskFile[]>(store.getAll()),
  ]);
  for (const [i, path] of paths.entries()) {
    const { bytes, changed } = files[i], name = String(path);
    if (name.includes("/")) disk.makeFolder(name.replace(/\/[^/]*$/, ""), true);
    disk.put(name, bytes, changed);
  }
}

/** Writes changes, all or none. */
function put(
  database: IDBDatabase,
  changes: ReadonlyMap<string, DiskFile | undefined>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
  const store = transaction.objectStore(STORE);
  for (const [path, file] of changes) {
    if (file) store.put(file, path);
    else store.delete(path);
  }
  transaction.oncomplete = () => resolve();
  transaction.onabort = () => reject(transaction.error);
  return promise;
}

function answer<T>(asking: IDBRequest<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  asking.onsuccess = () => resolve(asking.result);
  asking.onerror = () => reject(asking.error);
  return promise;
}

/** Why a browser refuses, in words that a visitor understands. */
function wordsOf(error: unknown): string {
  const { name, message } = Object(error);
  if (name === "QuotaExceededError") return "it has no room left for this page";
  return message || "it does not let this page store anything (a private window?)";
}
