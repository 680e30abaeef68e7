/**
 * A folder of pictures, one sub-folder a class, read into one array (SPEC §1).
 *
 * @module
 */
import { judgeEntry } from "./entries.ts";
import { readPictures } from "./pictures.ts";

/** Labelled pictures of one size. */
export interface ImageSet {
  /** Class names; their places are the labels. */
  classes: string[];
  /** (N) file paths. */
  names: string[];
  /** (N) labels, 0 … classes − 1. */
  labels: Int32Array<ArrayBuffer>;
  /** Rows of every picture, H. */
  height: number;
  /** Columns of every picture, W. */
  width: number;
  /** RGBA (N, H, W, 4), 0 … 255, composited on white, A = 255. */
  pixels: Uint8Array<ArrayBuffer>;
}

/** What lies in a folder of pictures. */
export interface ImageFolder extends ImageSet {
  /** Files that were passed over, in the order of the folders. */
  ignored: IgnoredFile[];
}

/** A file in a class folder that is no picture and was passed over. */
export interface IgnoredFile {
  /** Where it lies. */
  path: string;
  /** Why, in a few words. */
  reason: string;
}

/** What `readImageFolder` makes of the pictures it finds. */
export interface ImageFolderOptions {
  /** Every picture is resized to this by nearest neighbour. */
  size: [height: number, width: number];
  /** The classes that must be there, sorted; another list is an error. Default: any. */
  classes?: string[];
}

/**
 * Reads `dir/<class>/<picture>`: classes sorted by name give the labels, pictures are sorted by name
 * within a class (both by code unit).
 *
 * Names that begin with a dot, and Thumbs.db and desktop.ini, are ignored. `dir` itself may be a
 * symbolic link; links below it are refused, because they may lead anywhere.
 *
 * @throws Error naming the folder or file that is missing, empty, a link, no picture or damaged; if
 *   there are fewer than two classes, or others than `options.classes`.
 */
export async function readImageFolder(
  dir: string,
  { size: [height, width], classes: wanted }: ImageFolderOptions,
): Promise<ImageFolder> {
  const ignored: IgnoredFile[] = [];
  const classes = await listClasses(dir, ignored);
  if (wanted) checkClasses(dir, classes, wanted);

  const names: string[] = [], labels: number[] = [];
  for (const [label, className] of classes.entries()) {
    const files = await listEntries(`${dir}/${className}`, "isFile", ignored);
    if (files.length === 0) {
      throw new Error(
        `Cannot read ${dir}/${className}: no pictures in it. Add some, or remove the folder`,
      );
    }
    for (const file of files) {
      names.push(`${dir}/${className}/${file}`);
      labels.push(label);
    }
  }

  const stride = height * width * 4;
  const pixels = new Uint8Array(names.length * stride);
  let next = 0;
  for await (const picture of readPictures(names, { height, width })) {
    if ("error" in picture) throw picture.error;
    pixels.set(picture.pixels, stride * next++);
  }
  return { classes, names, labels: Int32Array.from(labels), height, width, pixels, ignored };
}

/** Tells sets of images apart: SHA-256 of pixels and labels, in hexadecimal. */
export async function fingerprint({ pixels, labels }: ImageSet): Promise<string> {
  const parts = [pixels, new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength)];
  const hashes = await Promise.all(parts.map((part) => crypto.subtle.digest("SHA-256", part)));
  return hashes.map((hash) => new Uint8Array(hash).toHex()).join("");
}

/**
 * Lists the classes of `dir/<class>/<picture>` as `readImageFolder` numbers them.
 *
 * @param ignored Takes the files beside them that were passed over.
 * @throws Error naming the folder that is missing or holds fewer than two classes, or what else lies
 *   beside them.
 */
export async function listClasses(dir: string, ignored: IgnoredFile[] = []): Promise<string[]> {
  const classes = await listEntries(dir, "isDirectory", ignored);
  if (classes.length >= 2) return classes;
  throw new Error(
    `Cannot read ${dir}: it holds ${
      classes.length === 1 ? "one class folder" : "no class folder"
    }. ` +
      `Give at least 2 folders, one a class, with pictures in each`,
  );
}

/** The visible names in a folder, sorted; each must be of the wanted kind. Adds to `ignored`. */
async function listEntries(
  dir: string,
  kind: "isDirectory" | "isFile",
  ignored: IgnoredFile[],
): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(dir)) {
      const path = `${dir}/${entry.name}`;
      const { ignored: reason, refused } = judgeEntry(entry, kind);
      if (reason) {
        ignored.push({ path, reason });
        continue;
      }
      if (refused) throw new Error(`Cannot read ${harmless(path)}: ${refused}`);
      names.push(entry.name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(`Cannot read ${dir}: there is no such folder`, { cause: error });
    }
    if (error instanceof Deno.errors.NotADirectory) {
      throw new Error(`Cannot read ${dir}: it is no folder`, { cause: error });
    }
    throw error;
  }
  return names.sort();
}

/** A name as a terminal may show it. */
function harmless(path: string): string {
  return /\p{Cc}/u.test(path) ? JSON.stringify(path) : path;
}

function checkClasses(dir: string, classes: string[], wanted: string[]): void {
  const missing = wanted.filter((name) => !classes.includes(name));
  const extra = classes.filter((name) => !wanted.includes(name));
  if (missing.length || extra.length) {
    throw new Error(
      `Cannot read ${dir}: its classes differ from those expected (missing: ` +
        `${missing.join(", ") || "none"}; extra: ${extra.join(", ") || "none"})`,
    );
  }
}
