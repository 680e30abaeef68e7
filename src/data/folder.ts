/**
 * A folder of pictures, one sub-folder a class, read into one array (SPEC §1).
 *
 * @module
 */
import type { Failure } from "../failure.ts";
import { cannotRead } from "../io/refusal.ts";
import { type BadFile, type IgnoredFile, listClassFolders } from "./classes.ts";
import { composed, harmless, someOf } from "./entries.ts";
import { readPictures } from "./pictures.ts";

export type { IgnoredFile } from "./classes.ts";

/** The most bytes of all images of a folder, as RGBA: no GPU takes more in one buffer. */
const MOST_BYTES = 4 * 2 ** 30;

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
  /** Files that were passed over, in the order of the folders; the bad ones too under `skipBad`. */
  ignored: IgnoredFile[];
}

/** What `readImageFolder` makes of the pictures it finds. */
export interface ImageFolderOptions {
  /** Every picture is resized to this by nearest neighbour. */
  size: [height: number, width: number];
  /** The classes that must be there, sorted; another list is an error. Default: any. */
  classes?: string[];
  /** Go on without bad files: they are passed over as `ignored` ones are. Default false. */
  skipBad?: boolean;
  /** Read class folders and pictures that are symbolic links. Default false: they are bad files. */
  followLinks?: boolean;
}

/** The most bad files that an error lists; it says how many others there are. */
const LISTED = 20;

/**
 * Reads `dir/<class>/<picture>`: classes sorted by name give the labels, pictures are sorted by name
 * within a class (both by code unit).
 *
 * Names that begin with a dot, and what systems leave, such as Thumbs.db, are ignored. A class has one
 * name however its accents are written. `dir` itself may be a symbolic link; links below it are refused
 * without `followLinks`, because they may lead anywhere.
 *
 * @throws Error listing every file that is no picture, damaged, a link, a pipe or unreadable, unless
 *   they are to be skipped; naming the folder that is missing, unreadable or holds no picture that
 *   can be read; if there are fewer than two classes, or others than `options.classes`.
 */
export async function readImageFolder(
  dir: string,
  { size: [height, width], classes: wanted, skipBad = false, followLinks }: ImageFolderOptions,
): Promise<ImageFolder> {
  const { classes: folders, ignored, bad, misuse, unreadable } = await listClassFolders(dir, {
    followLinks,
  });
  const classes = checkCount(dir, folders.map(({ name }) => name), bad);
  if (wanted) checkClasses(dir, classes, wanted.map(composed));
  if (unreadable.length > 0) throw unreadable[0];
  if (misuse) {
    const isEmptied = folders.some(({ isMisused }) => isMisused);
    const skip = isEmptied ? "" : ", or go on without (--skip-bad)";
    if (isEmptied || !skipBad) {
      throw cannotRead(harmless(dir), `${misuse}${skip}`);
    }
    ignored.push({ path: dir, reason: misuse });
  }

  const paths: string[] = [], labelOf = new Map<string, number>();
  for (const [label, { folder, files }] of folders.entries()) {
    for (const file of files) {
      const path = `${dir}/${folder}/${file}`;
      labelOf.set(path, label);
      paths.push(path);
    }
  }

  const stride = height * width * 4;
  if (paths.length * stride > MOST_BYTES) {
    const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    throw cannotRead(
      dir,
      `${paths.length} images of ${width}×${height} pixels need ` +
        `${gigabytes(paths.length * stride)}, more than the ${gigabytes(MOST_BYTES)} allowed; ` +
        `make them smaller (--size), or take fewer`,
    );
  }
  const names: string[] = [];
  const pixels = new Uint8Array(paths.length * stride);
  for await (const picture of readPictures(paths, { height, width })) {
    if ("error" in picture) bad.push(picture);
    else pixels.set(picture.pixels, stride * (names.push(picture.path) - 1));
  }
  const stopping = skipBad ? bad.filter(({ isClass }) => isClass) : bad;
  if (stopping.length > 0) throw badFiles(dir, stopping);
  const labels = Int32Array.from(names, (name) => labelOf.get(name)!);
  checkFilled(dir, classes, labels, bad.length);
  ignored.push(...bad.map(({ path, reason }) => ({ path, reason })));
  return {
    classes,
    names,
    labels,
    height,
    width,
    ignored,
    pixels: names.length === paths.length ? pixels : pixels.slice(0, names.length * stride),
  };
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
 * @throws Error naming the folder that is missing or holds fewer than two classes, or what else lies
 *   beside them.
 */
export async function listClasses(
  dir: string,
  { followLinks }: Pick<ImageFolderOptions, "followLinks"> = {},
): Promise<string[]> {
  const { classes, bad } = await listClassFolders(dir, { followLinks, classesOnly: true });
  if (bad.length > 0) throw badFiles(dir, bad);
  return checkCount(dir, classes.map(({ name }) => name), bad);
}

/** Makes sure that there are two classes; one that is missing may be among what is refused. */
function checkCount(dir: string, classes: string[], bad: readonly BadFile[]): string[] {
  if (classes.length >= 2) return classes;
  const refused = bad.filter(({ isClass }) => isClass);
  if (refused.length > 0) throw badFiles(dir, refused);
  const count = classes.length === 1 ? "one class folder" : "no class folder";
  throw cannotRead(
    harmless(dir),
    `it holds ${count}. Give at least 2 folders, one a class, with pictures in each`,
  );
}

/** One failure about all bad files, with a line for each. */
function badFiles(dir: string, bad: readonly BadFile[]): Failure {
  const one = bad.length === 1;
  const lines = bad.slice(0, LISTED).map(({ path, reason }) => `  ${harmless(path)}: ${reason}`);
  if (bad.length > LISTED) lines.push(`  … and ${bad.length - LISTED} more`);
  const skip = bad.some(({ isClass }) => isClass) ? "" : ", or go on without (--skip-bad)";
  return cannotRead(
    harmless(dir),
    `${bad.length} bad ${one ? "file" : "files"}. ` +
      `Mend or remove ${one ? "it" : "them"}${skip}\n${lines.join("\n")}`,
  );
}

/** Makes sure that every class has a picture. */
function checkFilled(dir: string, classes: readonly string[], labels: Int32Array, skipped: number) {
  const filled = new Set(labels);
  const empty = classes.filter((_, label) => !filled.has(label));
  if (empty.length === 0) return;
  const paths = someOf(empty.map((name) => harmless(`${dir}/${name}`)));
  const without = skipped > 0 ? " that can be read" : "";
  const folder = empty.length === 1 ? "the folder" : "the folders";
  throw cannotRead(paths, `no pictures in it${without}. Add some, or remove ${folder}`);
}

function checkClasses(dir: string, classes: string[], wanted: string[]): void {
  const missing = wanted.filter((name) => !classes.includes(name));
  const extra = classes.filter((name) => !wanted.includes(name));
  if (missing.length || extra.length) {
    const differences = `missing: ${someOf(missing) || "none"}; extra: ${someOf(extra) || "none"}`;
    throw cannotRead(dir, `its classes differ from those expected (${differences})`);
  }
}
