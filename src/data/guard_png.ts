/**
 * Walks a PNG and unpacks its rows. upng-js hangs or takes all memory on a wrong length or a huge
 * header and ignores checksums, so it never gets a file, only what was checked here (the numbers are
 * those of the PNG specification, ISO/IEC 15948).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32, inflateSync } from "node:zlib";
import { release } from "./free_memory.ts";
import type { Size } from "./resize.ts";
import { checkSize, tooLarge, Unread } from "./unread.ts";

/** The eight bytes that every PNG starts with. */
export const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

interface Chunk {
  type: string;
  data: Uint8Array;
}

/** What the header says. */
interface Header extends Size {
  /** Bits per sample. */
  depth: number;
  /** Colour type: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha. */
  colour: number;
  /** Whether the rows come in the seven passes of Adam7. */
  interlaced: boolean;
}

/** Where the rows of a picture lie. */
interface Layout extends Header {
  /** Bits of a pixel. */
  bits: number;
  /** One pass, or seven. */
  passes: PngPass[];
}

/** A PNG whose rows may be read. */
export interface GuardedPng extends Layout {
  /** The palette, three bytes a colour. */
  palette?: Uint8Array;
  /** The content of the chunk tRNS. */
  transparency?: Uint8Array;
  /** The rows of all passes, each behind the number of its filter, padded to whole bytes. */
  rows: Uint8Array;
}

/** A picture that is a part of the whole one. */
export interface PngPass {
  /** Its first row in the whole. */
  row: number;
  /** Its first column in the whole. */
  column: number;
  /** How far apart its rows lie in the whole. */
  rowStep: number;
  /** How far apart its columns lie in the whole. */
  columnStep: number;
  /** How many rows it has; 0 where it has no columns. */
  count: number;
  /** Bytes of a row, its filter's among them. */
  stride: number;
  /** Where its rows begin. */
  start: number;
}

/** Colour type → samples per pixel, and the bit depths it may have. */
const COLOURS = new Map([
  [0, { samples: 1, depths: [1, 2, 4, 8, 16] }], // grey
  [2, { samples: 3, depths: [8, 16] }], // RGB
  [3, { samples: 1, depths: [1, 2, 4, 8] }], // palette
  [4, { samples: 2, depths: [8, 16] }], // grey + alpha
  [6, { samples: 4, depths: [8, 16] }], // RGB + alpha
]);

/** The most bytes that a picture may take: its image packed, a copy of that, and the image unpacked. */
const MAX_BYTES = 1.5 * 2 ** 30;
/** The most bytes that one packed byte can stand for. */
const MOST_PACKED = 1032;

/** Files beyond this many chunks are made to fill the memory. */
const MAX_CHUNKS = 2 ** 16;

/** The seven passes of Adam7: first row, first column, row step, column step. */
export const ADAM7: readonly [number, number, number, number][] = [
  [0, 0, 8, 8],
  [0, 4, 8, 8],
  [4, 0, 8, 4],
  [0, 2, 4, 4],
  [2, 0, 4, 2],
  [0, 1, 2, 2],
  [1, 0, 2, 1],
];

/**
 * Checks a PNG and unpacks its rows; an animation keeps its still image. What follows the last chunk
 * is no part of the picture.
 *
 * @param bytes The file.
 * @param maxPixels The largest width × height accepted.
 * @throws {Error} Saying what is wrong with the file (without its name).
 */
export function guardPng(bytes: Uint8Array, maxPixels: number): GuardedPng {
  const chunks = splitChunks(bytes);
  const header = readHeader(chunks[0], maxPixels);
  checkOrder(chunks, header);
  const layout = layOut(header);
  const contents = (type: string) => chunks.find((chunk) => chunk.type === type)?.data;
  const [palette, transparency] = [contents("PLTE"), contents("tRNS")];
  return { ...layout, palette, transparency, rows: unpack(chunks, layout) };
}

/** Cuts the file into chunks, each inside the file and with a right checksum, IEND last. */
function splitChunks(bytes: Uint8Array): Chunk[] {
  if (PNG_SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new Error("it is no PNG");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  let offset = PNG_SIGNATURE.length;
  while (chunks.at(-1)?.type !== "IEND") {
    if (chunks.length === MAX_CHUNKS) throw new Error(`it has more than ${MAX_CHUNKS} chunks`);
    if (offset + 12 > bytes.length) throw new Error("the file ends before its last chunk");
    const length = view.getUint32(offset);
    const end = offset + 12 + length;
    if (end > bytes.length) {
      throw new Error(`a chunk of ${length} bytes passes the end of the file`);
    }
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw new Error(`byte ${offset + 4} starts no chunk`);
    // The checksum covers the type and the data, not the length.
    if (crc32(bytes.subarray(offset + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new Error(`the checksum of chunk ${type} is wrong`);
    }
    chunks.push({ type, data: bytes.subarray(offset + 8, end - 4) });
    offset = end;
  }
  return chunks;
}

function readHeader({ type, data }: Chunk, maxPixels: number): Header {
  if (type === "CgBI") {
    throw new Unread("it is made for iPhone apps (CgBI), and only their tools read it");
  }
  if (type !== "IHDR" || data.length !== 13) throw new Error("it does not start with a header");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, compression, filtering, interlace] = data.subarray(8);
  checkSize(width, height, maxPixels);
  if (!COLOURS.get(colour)?.depths.includes(depth)) {
    throw new Error(`colour type ${colour} with ${depth} bits does not exist`);
  }
  if (compression !== 0 || filtering !== 0 || interlace > 1) {
    throw new Error(`compression, filter, interlace ${data.subarray(10)} do not exist`);
  }
  return { width, height, depth, colour, interlaced: interlace === 1 };
}

/** Makes sure of the order: one header, at most one palette, transparency, the image in one run. */
function checkOrder(chunks: Chunk[], { colour, depth }: Header): void {
  const places = (type: string) => chunks.flatMap((chunk, i) => chunk.type === type ? [i] : []);
  const [images, palettes, transparencies] = ["IDAT", "PLTE", "tRNS"].map(places);
  // The specification marks chunks that a reader must understand by a capital first letter.
  const unknown = chunks.find(({ type }) =>
    /^[A-Z]/.test(type) && !["IHDR", "PLTE", "IDAT", "IEND"].includes(type)
  );
  if (unknown) throw new Error(`chunk ${unknown.type} is unknown`);
  if (places("IHDR").length > 1) throw new Error("it has two headers");
  if (chunks.at(-1)!.data.length > 0) throw new Error("its last chunk is not empty");
  if (images.length === 0) throw new Error("it holds no image");
  if (images.at(-1)! - images[0] !== images.length - 1) throw new Error("its image is interrupted");

  const late = [...palettes, ...transparencies].some((place) => place > images[0]);
  if (palettes.length > 1 || transparencies.length > 1 || late) {
    throw new Error("its palette or transparency is doubled or comes late");
  }
  const entries = palettes.length ? chunks[palettes[0]].data.length / 3 : 0;
  if (colour === 3 && palettes.length === 0) throw new Error("its palette is missing");
  if (palettes.length > 0) {
    if (colour === 0 || colour === 4) throw new Error("it is grey and has a palette");
    const most = colour === 3 ? 2 ** depth : 256;
    if (entries < 1 || entries > most) throw new Error(`its palette has ${entries} colours`);
  }
  if (!Number.isInteger(entries)) throw new Error("its palette ends inside a colour");
  if (transparencies.length) {
    const { length } = chunks[transparencies[0]].data;
    const wanted = new Map([[0, 2], [2, 6], [3, Math.min(length, entries)]]).get(colour);
    if (length !== wanted || transparencies[0] < (palettes[0] ?? 0)) {
      throw new Error("its transparency does not fit its colours");
    }
  }
}

function layOut(header: Header): Layout {
  const { width, height, depth, colour, interlaced } = header;
  const bits = COLOURS.get(colour)!.samples * depth;
  const passes: PngPass[] = [];
  let start = 0;
  for (const [row, column, rowStep, columnStep] of interlaced ? ADAM7 : [[0, 0, 1, 1]]) {
    const columns = Math.max(0, Math.ceil((width - column) / columnStep));
    const count = columns === 0 ? 0 : Math.max(0, Math.ceil((height - row) / rowStep));
    const stride = 1 + Math.ceil(columns * bits / 8);
    passes.push({ row, column, rowStep, columnStep, count, stride, start });
    start += count * stride;
  }
  return { ...header, bits, passes };
}

/** Inflates the image, which must give exactly the bytes that its passes need, with known filters. */
function unpack(chunks: Chunk[], { width, height, bits, passes }: Layout): Uint8Array {
  const expected = passes.reduce((sum, { count, stride }) => sum + count * stride, 0);
  const parts = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  if (2 * size + expected > MAX_BYTES) {
    throw tooLarge(width, height, `which take too much memory at ${bits} bits each`);
  }
  if (expected > MOST_PACKED * size) {
    throw new Error(`its image has at most ${MOST_PACKED * size} bytes instead of ${expected}`);
  }
  const packed = Buffer.concat(parts);
  let rows: Uint8Array;
  try {
    // One chunk for all: by default many would be put together, and be in memory twice.
    const options = { maxOutputLength: expected, chunkSize: Math.max(64, expected + 1) };
    rows = inflateSync(packed, options);
  } catch (cause) {
    throw new Error("its compressed image is broken", { cause });
  } finally {
    release(packed);
  }
  if (rows.length !== expected) {
    throw new Error(`its image has ${rows.length} bytes instead of ${expected}`);
  }
  for (const { count, stride, start } of passes) {
    for (let offset = start; offset < start + count * stride; offset += stride) {
      if (rows[offset] > 4) throw new Error(`row filter ${rows[offset]} does not exist`);
    }
  }
  return rows;
}
