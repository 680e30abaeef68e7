/**
 * Tiny ImageNet as it is distributed, a folder or a zip archive, read one file at a time.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { isFolder, look, readText } from "../io/files.ts";
import { cannotRead } from "../io/refusal.ts";
import { HOSTILE, inflate, type ZipFile } from "../io/zip.ts";
import { faultOfSize, type JudgedFile, judgeFiles, openArchive } from "./archive.ts";
import { readEntries } from "./entries.ts";
import { readPictureFile } from "./pictures.ts";

/** A release; paths count from the folder tiny-imagenet-200 and have `/` between their parts. */
export interface Release extends Disposable {
  /** A path of it as errors name it. */
  at(path: string): string;
  /** Whether there is such a file or folder. */
  has(path: string): Promise<boolean>;
  /** Paths of the images in a folder, sorted; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** A text file. */
  readText(path: string): Promise<string>;
  /** Must come before `read`, with all that will be read. */
  prepare(paths: ReadonlySet<string>): Promise<void>;
  /** An image's bytes. */
  read(path: string): Promise<Uint8Array>;
}

/** How a release is read. */
export interface ReleaseOptions {
  /** Follow symbolic links in a folder. Default false: images that are links are refused. */
  followLinks?: boolean;
  /** Stops the work by throwing its reason. */
  signal?: AbortSignal;
}

const TOP = "tiny-imagenet-200", MARK = "wnids.txt";
const IMAGE = /\.(jpe?g|png)$/i;
/** The released archive has 120 000 entries of 237 MB. */
const MAX_ENTRIES = 300_000, MAX_BYTES = 2 * 2 ** 30;
/** The texts that are read, whatever folder they lie in. */
const TEXTS = /(^|\/)(wnids|words|val_annotations)\.txt$/;

/**
 * Opens a release.
 *
 * @param path The folder or archive, or a folder that holds tiny-imagenet-200.
 * @throws {Failure} "input" if it is neither, or the archive is damaged or hostile.
 */
export async function openRelease(path: string, options: ReleaseOptions = {}): Promise<Release> {
  return await isFolder(path) ? await openFolder(path, options) : await openZip(path, options);
}

async function openFolder(path: string, { followLinks }: ReleaseOptions): Promise<Release> {
  const inner = `${path.replace(/(?<=.)\/+$/, "")}/${TOP}`;
  const top = !await look(`${path}/${MARK}`, "read") && await isFolder(inner) ? inner : path;
  const at = (path: string) => path === "" ? top : `${top.replace(/\/+$/, "")}/${path}`;
  return {
    at,
    has: async (path) => await look(at(path), "read") !== null,
    async list(folder) {
      if (!await isFolder(at(folder))) return [];
      const entries = (await readEntries(at(folder), { followLinks })).filter(
        ({ name, ignored, isDirectory }) => IMAGE.test(name) && !ignored && !isDirectory,
      );
      for (const { path, refused } of entries) {
        if (refused) throw cannotRead(path, refused);
      }
      return entries.map(({ name }) => `${folder}/${name}`).sort();
    },
    readText: (path) => readText(at(path)),
    prepare: async () => {},
    read: (path) => readPictureFile(at(path)),
    [Symbol.dispose]() {},
  };
}

/**
 * The list of entries is read twice: once for the names, and once for the entries that are wanted, since
 * all of them would take a gigabyte.
 */
async function openZip(archive: string, { signal }: ReleaseOptions): Promise<Release> {
  const file = await openArchive(archive);
  const explain = (cause: Error) => {
    if (signal?.aborted) throw cause;
    throw new Failure("input", `Cannot unpack ${archive}: ${cause.message}`, { cause });
  };
  const forEach = async (visit: (file: JudgedFile) => void) => {
    for await (const judged of judgeFiles(file, MAX_ENTRIES)) {
      signal?.throwIfAborted();
      if (!judged.isLeft) visit(judged);
    }
  };
  const unpack = async (entry: ZipFile) => {
    const excess = faultOfSize(entry);
    return await (excess
      ? Promise.reject(new Error(`the entry "${entry.filename}" ${excess}`))
      : inflate(entry)).catch(explain);
  };

  const images = new Map<string, string[]>(), texts = new Map<string, ZipFile>();
  try {
    await forEach(({ entry, path }) => {
      const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      if (TEXTS.test(path)) texts.set(path, entry);
      else if (IMAGE.test(path)) images.getOrInsert(folder, []).push(path);
    }).catch(explain);
  } catch (error) {
    file.close();
    throw error;
  }
  const mark = [...texts.keys()].filter((path) => `/${path}`.endsWith(`/${MARK}`))
    .sort((a, b) => a.length - b.length)[0];
  const isInside = [...texts.keys(), ...images.keys()].some((path) => path.startsWith(`${TOP}/`));
  const top = mark?.slice(0, -MARK.length) ?? (isInside ? `${TOP}/` : "");
  const entries = new Map<string, ZipFile>();
  return {
    at: (path) => path === "" ? archive : `${archive}/${top}${path}`,
    has: (path) =>
      Promise.resolve(
        path.endsWith(".txt")
          ? texts.has(top + path)
          : images.keys().some((folder) => `${folder}/`.startsWith(`${top}${path}/`)),
      ),
    list: (folder) => {
      const paths = images.get(top + folder) ?? [];
      return Promise.resolve(paths.map((path) => path.slice(top.length)).sort());
    },
    readText: async (path) => new TextDecoder().decode(await unpack(texts.get(top + path)!)),
    async prepare(paths) {
      let bytes = 0;
      await forEach(({ entry, path }) => {
        if (!path.startsWith(top) || !paths.has(path.slice(top.length))) return;
        entries.set(path.slice(top.length), entry);
        if ((bytes += entry.uncompressedSize) > MAX_BYTES) {
          throw new Error(`it unpacks to more than ${MAX_BYTES} bytes; ${HOSTILE}`);
        }
      }).catch(explain);
    },
    read: (path) => unpack(entries.get(path)!),
    [Symbol.dispose]: () => file.close(),
  };
}
