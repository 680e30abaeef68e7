/**
 * Reads the entries of an open archive with zip.js, carefully, and says what is wrong in words.
 *
 * @module
 */
import * as zip from "@zip.js/zip.js";
import { readAt } from "./files.ts";

/** An entry as the archive's directory describes it; whether that is true shows when it is unpacked. */
export type ZipEntry = zip.Entry;
/** An entry with content. */
export type ZipFile = zip.FileEntry;

/** What to do about an archive that is made to trick. */
export const HOSTILE = "do not use this archive; get it from whom you trust";
/** What to do about an archive that was cut or changed on its way. */
export const DAMAGED = "get the archive again";

/** The most bytes read at once, as the list of entries is; a list of 20 000 takes a tenth of it. */
const MAX_READ = 64 * 2 ** 20;
/** Packed bytes handed to the inflater at once: it answers with up to 1032 times as many. */
const CHUNK = 2 ** 14;

/**
 * Reads the archive's directory, entry by entry.
 *
 * Archives that other programs could read in another way are refused. Names are as they are stored:
 * judge them before use.
 *
 * @param file The open archive; it stays open.
 * @throws {Error} Saying what is wrong with "it", the archive, and what to do.
 */
export async function* readEntries(file: Deno.FsFile): AsyncGenerator<ZipEntry> {
  const reader = new ArchiveReader(file, (await file.stat()).size);
  const options = { strictness: "strict", filenameValidation: "tolerant" } as const;
  const entries = new zip.ZipReader(reader, options).getEntriesGenerator();
  while (true) {
    const { done, value } = await entries.next().catch((error) => {
      throw explain("it", error);
    });
    if (done) return;
    yield value;
  }
}

/**
 * Unpacks an entry, and compares CRC-32 and size with what the archive says; it stops as soon as
 * there is more.
 *
 * @throws {Error} Naming the entry and what is wrong with it, and what to do.
 */
export async function inflate(entry: ZipFile): Promise<Uint8Array> {
  try {
    return await entry.getData(new zip.Uint8ArrayWriter(), {
      strictness: "strict",
      checkCrc32: true,
      checkOverlappingEntry: true,
      useWebWorkers: false,
    });
  } catch (error) {
    throw explainEntry(entry, error);
  }
}

/**
 * Unpacks the start of an entry alone, and compares it with nothing.
 *
 * @returns At least `length` bytes, or all where there are fewer.
 * @throws {Error} As {@linkcode inflate}.
 */
export async function inflateStart(entry: ZipFile, length: number): Promise<Uint8Array> {
  const enough = new Error("enough");
  const start: number[] = [];
  const writer = new WritableStream<Uint8Array>({
    write(chunk) {
      start.push(...chunk.subarray(0, length));
      if (start.length >= length) throw enough; // ends the unpacking
    },
  });
  try {
    await entry.getData(writer, { strictness: "strict", useWebWorkers: false });
  } catch (error) {
    if (error !== enough) throw explainEntry(entry, error);
  }
  return Uint8Array.from(start);
}

/** What zip.js finds at fault with an archive or an entry, in our words. */
const FAULTS = new Map<string, string>([
  [zip.ERR_BAD_FORMAT, `is no zip archive; ${DAMAGED}`],
  [zip.ERR_EOCDR_NOT_FOUND, `is no zip archive, or its end is missing; ${DAMAGED}`],
  [zip.ERR_CENTRAL_DIRECTORY_NOT_FOUND, `has a damaged list of entries; ${DAMAGED}`],
  [zip.ERR_LOCAL_FILE_HEADER_NOT_FOUND, `is not where the archive says; ${DAMAGED}`],
  [zip.ERR_ENTRY_DATA_OUT_OF_BOUNDS, `passes the end of the archive's files; ${DAMAGED}`],
  [zip.ERR_INVALID_CRC32, `is damaged: its CRC-32 or size is wrong; ${DAMAGED}`],
  [zip.ERR_INVALID_COMPRESSED_DATA, `is damaged: it cannot be unpacked; ${DAMAGED}`],
  [zip.ERR_INVALID_UNCOMPRESSED_SIZE, `unpacks to another size than the archive says; ${HOSTILE}`],
  [zip.ERR_OVERLAPPING_ENTRY, `shares bytes with another entry; ${HOSTILE}`],
  [zip.ERR_UNSUPPORTED_COMPRESSION, "is packed in an unusual way; pack the files with deflate"],
  [zip.ERR_SPLIT_ZIP_FILE, "is one part of a split archive; join the parts first"],
]);

/** Browsers, by which the page inflates, have no Deflate64: to them its name is a wrong argument. */
const DEFLATE64 = 9;

function explainEntry({ filename, compressionMethod }: ZipFile, error: unknown): Error {
  const isUnknown = compressionMethod === DEFLATE64 && error instanceof TypeError;
  const known = isUnknown ? new Error(zip.ERR_UNSUPPORTED_COMPRESSION, { cause: error }) : error;
  return explain(`the entry "${filename}"`, known);
}

function explain(subject: string, error: unknown): Error {
  const { message, reason } = error as Error & { reason?: string };
  if (message === zip.ERR_AMBIGUOUS_ARCHIVE) {
    const text = `${subject} can be read in more than one way (${reason}); ${HOSTILE}`;
    return new Error(text, { cause: error });
  }
  const fault = FAULTS.get(message) ?? `cannot be read (${message}); ${DAMAGED}`;
  return new Error(`${subject} ${fault}`, { cause: error });
}

/** Lets zip.js read parts of the open archive, and never much at once. */
class ArchiveReader extends zip.Reader<Deno.FsFile> {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile, size: number) {
    super(file);
    this.#file = file;
    this.size = size;
  }

  override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    if (length > MAX_READ) throw new Error(`its list of entries has ${length} bytes`);
    return await readAt(this.#file, offset, length);
  }

  override createReadable(options: { offset?: number; size?: number } = {}): ReadableStream {
    return super.createReadable({ ...options, chunkSize: CHUNK });
  }
}
