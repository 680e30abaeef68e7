/**
 * Picture files by name: finding them, and reading any number of them at one size.
 *
 * @module
 */
import { readFile } from "../io/files.ts";
import { cannotRead } from "../io/refusal.ts";
import { decodeImage } from "./decode.ts";
import { readEntries } from "./entries.ts";
import { release } from "./free_memory.ts";
import type { Size } from "./resize.ts";

/** The most bytes of a file that is read as a picture. */
const MAX_FILE_BYTES = 512 * 2 ** 20;

/** How many files are read at once, and the most bytes of such a file; they are decoded in turn. */
const READ_AHEAD = { files: 8, maxBytes: 8 * 2 ** 20 };

/**
 * Reads the whole file of a picture.
 *
 * @throws {Error} Naming the file if it is no regular file, has more than 512 MiB, or if the disk refuses.
 */
export async function readPictureFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await readFile(path, { maxBytes: MAX_FILE_BYTES });
}

/** A picture that was read, or why it was not. */
export type PictureFile =
  & { path: string }
  & (
    | { /** RGBA (H, W, 4), 0 … 255. */ pixels: Uint8Array<ArrayBuffer> }
    | { error: Error; /** What is wrong, without the path. */ reason: string }
  );

/**
 * Reads pictures one after another, in the order in which they are named; one that cannot be read
 * does not stop the others.
 *
 * @param size Every picture is resized to this by nearest neighbour.
 */
export async function* readPictures(
  paths: readonly string[],
  size: Size,
): AsyncGenerator<PictureFile> {
  for (let start = 0; start < paths.length; start += READ_AHEAD.files) {
    const batch = paths.slice(start, start + READ_AHEAD.files);
    const files = await Promise.all(
      batch.map((path) => readFile(path, READ_AHEAD).catch(() => undefined)),
    );
    for (const [i, path] of batch.entries()) {
      try {
        // A large file, or one that could not be read, is read in its turn: no two are in memory.
        const file = files[i] ?? await readPictureFile(path);
        const { pixels } = decodeImage(file, path, size);
        release(file);
        yield { path, pixels };
      } catch (error) {
        yield { path, error: error as Error, reason: reasonOf(path, error as Error) };
      }
    }
  }
}

/** An error's message without what was tried on which path, and without advice. */
function reasonOf(path: string, { message, cause }: Error): string {
  if (message.startsWith(`Cannot decode ${path}: `)) return (cause as Error).message;
  const trying = `Cannot read ${path}: `;
  return message.startsWith(trying) ? message.slice(trying.length) : message;
}

/** Picture files, and what was named but holds none. */
export interface FoundPictures {
  /** Paths, in the order in which they were named; sorted by code unit within a folder. */
  paths: string[];
  /** What cannot be used, and why. */
  faults: { path: string; error: Error }[];
}

/**
 * Finds the pictures that a user names: files, and folders with all that lies in and below them but
 * for hidden files and what systems leave. Links may be named; links below a named folder are faults,
 * because they may lead anywhere. Nothing is opened.
 *
 * @param options.followLinks Follow those links too, but never to a folder that the link lies in. A link
 *   that was reached by a link is followed only to a folder that no link led to before, so that links
 *   may lead in circles. Default false.
 */
export async function findPictures(
  named: readonly string[],
  { followLinks = false }: { followLinks?: boolean } = {},
): Promise<FoundPictures> {
  const found: FoundPictures = { paths: [], faults: [] };
  for (const path of named) {
    const before = found.paths.length + found.faults.length;
    const info = await Deno.stat(path).catch(() => null);
    if (!info?.isDirectory) found.paths.push(path); // reading it will tell what is wrong with it
    else {
      const links = followLinks && { walked: new Set([await Deno.realPath(path)]), isBelow: false };
      await walk(path.replace(/(?<=.)\/+$/, ""), found, links);
      if (found.paths.length + found.faults.length === before) {
        found.faults.push({ path, error: cannotRead(path, "no pictures in it") });
      }
    }
  }
  return found;
}

/** How far links were followed. */
interface Links {
  /** The real paths of the folder that is named and of those that links led to. */
  walked: Set<string>;
  /** Whether a link led to the folder that is walked now. */
  isBelow: boolean;
}

async function walk(dir: string, found: FoundPictures, links: Links | false): Promise<void> {
  try {
    for (const entry of await readEntries(dir, { followLinks: links !== false })) {
      const { path, ignored, refused, isDirectory, isLink } = entry;
      if (ignored) continue;
      if (refused) {
        found.faults.push({ path, error: cannotRead(path, refused) });
      } else if (!isDirectory) found.paths.push(path);
      else if (!isLink || !links) await walk(path, found, links);
      else {
        const [here, there] = [await Deno.realPath(dir), await Deno.realPath(path)];
        const isAbove = `${here}/`.startsWith(`${there}/`);
        if (isAbove || links.isBelow && links.walked.has(there)) continue;
        links.walked.add(there);
        await walk(path, found, { ...links, isBelow: true });
      }
    }
  } catch (error) {
    found.faults.push({ path: dir, error: error as Error });
  }
}
