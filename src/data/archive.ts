/**
 * Unpacks a zip archive of silhouettes (SPEC §1) as if a stranger had made it: what could write
 * outside, fill the disk, or means different things to different programs is refused.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { failTo } from "../io/files.ts";
import { cannotRead } from "../io/refusal.ts";
import { makeFolder } from "./make_folder.ts";
import { isHidden } from "./entries.ts";
import { faultOfName, partsOf, plainName, watchForClashes } from "./entry_names.ts";
import { DAMAGED, HOSTILE, inflate, readEntries, type ZipEntry, type ZipFile } from "../io/zip.ts";

/** What an archive may hold at most. */
export interface ArchiveCaps {
  /** Files and folders. Default 20 000. */
  entries: number;
  /** Bytes of all files together, unpacked. Default 2 GiB. */
  bytes: number;
  /** Unpacked over packed bytes of a file; pictures hardly shrink. Default 200. */
  ratio: number;
}

/** How an archive is unpacked; every field has a default. */
export interface UnpackOptions {
  /** The SHA-256 that the archive must have, 64 hexadecimal digits. Default: any. */
  sha256?: string;
  /** What errors call the archive. Default its path. */
  name?: string;
  /** Other caps than the default ones. */
  caps?: Partial<ArchiveCaps>;
  /** Called after every file: bytes unpacked, and bytes in all. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the work by throwing its reason; nothing is left behind. */
  signal?: AbortSignal;
}

/** What was unpacked. */
export interface Unpacked {
  /** The archive's SHA-256, 64 hexadecimal digits: `UnpackOptions.sha256` of the next time. */
  sha256: string;
  /** Files written. */
  files: number;
  /** Files passed over: hidden ones, and what lies outside phase1 and phase2. */
  skipped: number;
}

/** The archive's folder that becomes the new folder. */
const TOP = "silhouettes";
/** The sub-folders of `silhouettes` that are kept. */
const KEPT = ["phase1", "phase2"];
/** The most bytes of one file, unpacked; the authors' pictures are far smaller. */
const MAX_FILE_BYTES = 64 * 2 ** 20;
const CAPS: ArchiveCaps = { entries: 20_000, bytes: 2 * 2 ** 30, ratio: 200 };
/** The icon of a Mac's folder: its name ends in a carriage return, which no other name may hold. */
const ICON = /(^|[\\/])(\._)?Icon\r$/;
const latin1 = new TextDecoder("latin1");

/**
 * Unpacks `silhouettes/phase1` and `silhouettes/phase2` of a zip archive into a new folder: all of
 * it or nothing. Every file's CRC-32 and size are checked; its picture is not decoded.
 *
 * @param path The archive.
 * @param dir The folder to make.
 * @throws {Error} Naming archive, entry and fault: `dir` exists; the archive is missing, damaged,
 * beyond a cap, or has another SHA-256; an entry is a link, is encrypted, or has a name that leads
 * elsewhere or meets another's; there is neither phase1 nor phase2.
 */
export async function unpackImageSet(
  path: string,
  dir: string,
  options: UnpackOptions = {},
): Promise<Unpacked> {
  return await makeFolder(dir, (work) => unpackInto(`${work}/set`, path, options));
}

/**
 * Unpacks an archive as `unpackImageSet` does, into a folder that is there, is empty, and that the
 * caller removes if this throws.
 */
export async function unpackInto(
  folder: string,
  path: string,
  { name = path, sha256: wanted, caps, onProgress, signal }: UnpackOptions,
): Promise<Unpacked> {
  using file = await openArchive(path);
  try {
    const sha256 = await hash(file, signal);
    if (wanted !== undefined && wanted.toLowerCase() !== sha256) {
      throw new Error(`its SHA-256 is ${sha256} instead of ${wanted}; ${DAMAGED}`);
    }
    // All entries are judged before the first one is unpacked.
    const { kept, skipped } = await chooseEntries(file, { ...CAPS, ...caps });
    const total = kept.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    let done = 0;
    for (const { entry, target } of kept) {
      signal?.throwIfAborted();
      await writeNew(`${folder}/${target}`, await inflate(entry));
      onProgress?.(done += entry.uncompressedSize, total);
    }
    return { sha256, files: kept.length, skipped };
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Failure("input", `Cannot unpack ${name}: ${(cause as Error).message}`, { cause });
  }
}

/** The files to write, each with its path in the new folder, and how many are passed over. */
async function chooseEntries(file: Deno.FsFile, caps: ArchiveCaps) {
  const kept: { entry: ZipFile; target: string }[] = [];
  let bytes = 0, skipped = 0;
  for await (const { entry, path, isLeft } of judgeFiles(file, caps.entries)) {
    const { filename } = entry;
    const [top, ...parts] = partsOf(path);
    const isKept = top === TOP && KEPT.includes(parts[0]) && parts.length > 1;
    if (!isKept || isLeft) {
      skipped++;
      continue;
    }
    const excess = faultOfSize(entry, caps);
    if (excess) throw new Error(`the entry "${filename}" ${excess}`);
    if ((bytes += entry.uncompressedSize) > caps.bytes) {
      throw new Error(`it unpacks to more than ${caps.bytes} bytes; ${HOSTILE}`);
    }
    kept.push({ entry, target: parts.join("/") });
  }
  if (kept.length === 0) {
    throw new Error(
      `no file in it lies below ${TOP}/phase1 or ${TOP}/phase2; if it holds images of yours, ` +
        `unpack it yourself and name their folder`,
    );
  }
  return { kept, skipped };
}

/** A file of an archive whose name may be created. */
export interface JudgedFile {
  entry: ZipFile;
  /** Its name as it is meant, `/` between the parts. */
  path: string;
  /** Whether it is hidden, or left by a system. */
  isLeft: boolean;
}

/**
 * Reads the names of an archive's files, one after another.
 *
 * @param most Entries that it may hold.
 * @throws {Error} Saying what is wrong with "it", the archive, or with an entry, and what to do.
 */
export async function* judgeFiles(file: Deno.FsFile, most: number): AsyncGenerator<JudgedFile> {
  const clashOf = watchForClashes();
  let entries = 0;
  for await (const entry of readEntries(file)) {
    const { filename } = entry;
    const isIcon = ICON.test(latin1.decode(entry.rawFilename));
    const path = plainName(isIcon ? filename.slice(0, -1) : filename);
    if (++entries > most) throw new Error(`it holds more than ${most} entries; ${HOSTILE}`);
    if (path === "" && filename !== "") continue; // "./"
    const raw = entry.rawFilename.subarray(0, isIcon ? -1 : undefined);
    const fault = faultOfName(path) ?? faultOfKind(entry, path, raw) ??
      (isIcon ? undefined : clashOf(path)); // it is not unpacked
    if (fault) throw new Error(`the entry "${filename}" ${fault}; ${HOSTILE}`);
    if (entry.directory || path.endsWith("/")) continue;
    yield { entry, path, isLeft: isIcon || partsOf(path).some(isHidden) };
  }
}

/** Why an entry is neither a plain file nor a folder, whichever system packed it. */
function faultOfKind(entry: ZipEntry, name: string, raw: Uint8Array): string | undefined {
  // A name not marked as UTF-8 may be decoded with pictures in place of control characters.
  if (raw.some((byte) => byte < 0x20 || byte === 0x7f)) return "holds control characters";
  for (const mode of [entry.externalFileAttributes >>> 16, entry.unixMode ?? 0]) {
    const kind = mode & 0o170000;
    if (kind === 0o120000) return "is a symbolic link";
    if (![0, 0o100000, 0o040000].includes(kind)) return "is no plain file";
  }
  const isFolder = name.endsWith("/");
  if (entry.directory ? !isFolder : isFolder && entry.uncompressedSize > 0) {
    return "is a file and a folder at once";
  }
}

/** Why an entry must not be unpacked, to judge by the sizes that the archive states. */
export function faultOfSize(
  entry: ZipFile,
  caps: Pick<ArchiveCaps, "ratio"> = CAPS,
): string | undefined {
  const { uncompressedSize: size, compressedSize: packed } = entry;
  if (entry.encrypted) return "is encrypted; unpack the archive with its password yourself";
  if (size > MAX_FILE_BYTES) {
    return `has ${size} bytes, more than the ${MAX_FILE_BYTES} of any picture; ${HOSTILE}`;
  }
  if (size > caps.ratio * packed) {
    return `unpacks from ${packed} to ${size} bytes, more than ${caps.ratio} times; ${HOSTILE}`;
  }
}

/** Opens an archive. @throws {Failure} "input" if it is missing, or no file. */
export async function openArchive(path: string): Promise<Deno.FsFile> {
  // Look before opening: opening a pipe waits for ever.
  const { isFile } = await Deno.stat(path).catch(failTo("read", path));
  if (!isFile) throw cannotRead(path, "it is no file; name a zip archive");
  return await Deno.open(path).catch(failTo("read", path));
}

/** SHA-256 of an open file in hexadecimal. */
async function hash(file: Deno.FsFile, signal?: AbortSignal): Promise<string> {
  const sum = createHash("sha256");
  const buffer = new Uint8Array(2 ** 16);
  for (let count; (count = await file.read(buffer)) !== null;) {
    signal?.throwIfAborted();
    sum.update(buffer.subarray(0, count));
  }
  return sum.digest("hex");
}

/** Writes a file that must not exist: should two names meet on this disk after all, it fails. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true })
    .then(() => Deno.writeFile(path, bytes, { createNew: true }))
    .catch(failTo("write", path));
}
