/**
 * Walks a PNG before it is decoded. upng-js hangs or takes all memory on a wrong length or a huge
 * header and ignores checksums, so every fact it relies on is checked here first (the numbers are
 * those of the PNG specification, ISO/IEC 15948).
 *
 * @module
 */
import { crc32, inflateSync } from "node:zlib";

/** The eight bytes that every PNG starts with. */
export const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

interface Chunk {
  type: string;
  data: Uint8Array;
  /** The chunk with its length and checksum, as it stands in the file. */
  whole: Uint8Array;
}

interface Header {
  width: number;
  height: number;
  depth: number;
  colour: number;
  interlaced: boolean;
}

/** Colour type → samples per pixel, and the bit depths it may have. */
const COLOURS = new Map([
  [0, { samples: 1, depths: [1, 2, 4, 8, 16] }], // grey
  [2, { samples: 3, depths: [8, 16] }], // RGB
  [3, { samples: 1, depths: [1, 2, 4, 8] }], // palette
  [4, { samples: 2, depths: [8, 16] }], // grey + alpha
  [6, { samples: 4, depths: [8, 16] }], // RGB + alpha
]);

/** Files beyond this many chunks are made to fill the memory. */
const MAX_CHUNKS = 2 ** 16;

/** The seven passes of Adam7: first row, first column, row step, column step. */
const ADAM7 = [
  [0, 0, 8, 8],
  [0, 4, 8, 8],
  [4, 0, 8, 4],
  [0, 2, 4, 4],
  [2, 0, 4, 2],
  [0, 1, 2, 2],
  [1, 0, 2, 1],
];

/**
 * Checks a PNG and returns the smallest file that shows the same picture.
 *
 * Of the optional chunks only the transparency (tRNS) is kept; an animation keeps its still image.
 *
 * @param bytes The file.
 * @param maxPixels The largest width × height accepted.
 * @returns A fresh array, exactly as long as its contents: IHDR, PLTE, tRNS, IDAT, IEND.
 * @throws Error saying what is wrong with the file (without its name).
 */
export function guardPng(bytes: Uint8Array, maxPixels: number): Uint8Array<ArrayBuffer> {
  const chunks = splitChunks(bytes);
  const header = readHeader(chunks[0], maxPixels);
  checkOrder(chunks, header);
  checkPixels(chunks, header);

  const kept = chunks.filter(({ type }) => isCritical(type) || type === "tRNS");
  return joinBytes([Uint8Array.from(PNG_SIGNATURE), ...kept.map(({ whole }) => whole)]);
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
    chunks.push({
      type,
      data: bytes.subarray(offset + 8, end - 4),
      whole: bytes.subarray(offset, end),
    });
    offset = end;
  }
  if (offset < bytes.length) {
    throw new Error(`${bytes.length - offset} bytes follow the last chunk`);
  }
  return chunks;
}

function readHeader({ type, data }: Chunk, maxPixels: number): Header {
  if (type !== "IHDR" || data.length !== 13) throw new Error("it does not start with a header");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, compression, filtering, interlace] = data.subarray(8);
  if (width === 0 || height === 0 || width * height > maxPixels) {
    throw new Error(`${width} × ${height} pixels are not within 1 … ${maxPixels}`);
  }
  if (!COLOURS.get(colour)?.depths.includes(depth)) {
    throw new Error(`colour type ${colour} with ${depth} bits does not exist`);
  }
  if (compression !== 0 || filtering !== 0 || interlace > 1) {
    throw new Error(`compression, filter, interlace ${data.subarray(10)} do not exist`);
  }
  // upng-js mixes up the bits below 8, and reads a filter byte for passes without columns.
  if (interlace === 1 && (depth < 8 || width < 5)) {
    throw new Error("interlacing is read only for 8 bits or more and 5 columns or more");
  }
  return { width, height, depth, colour, interlaced: interlace === 1 };
}

/** One header, then at most one palette, then transparency, then the image in one run. */
function checkOrder(chunks: Chunk[], { colour, depth }: Header): void {
  const places = (type: string) => chunks.flatMap((chunk, i) => chunk.type === type ? [i] : []);
  const [images, palettes, transparencies] = ["IDAT", "PLTE", "tRNS"].map(places);
  const unknown = chunks.find(({ type }) =>
    isCritical(type) && !["IHDR", "PLTE", "IDAT", "IEND"].includes(type)
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

/** The image must inflate to exactly the bytes that the header announces, with known filters. */
function checkPixels(chunks: Chunk[], { width, height, depth, colour, interlaced }: Header): void {
  const bits = COLOURS.get(colour)!.samples * depth;
  // Of each pass: its rows, and the bytes of a row, its filter byte included.
  const passes = (interlaced ? ADAM7 : [[0, 0, 1, 1]]).map((
    [row, column, rowStep, columnStep],
  ) => {
    const columns = Math.max(0, Math.ceil((width - column) / columnStep));
    const rows = columns === 0 ? 0 : Math.max(0, Math.ceil((height - row) / rowStep));
    return { rows, stride: 1 + Math.ceil(columns * bits / 8) };
  });
  const expected = passes.reduce((sum, { rows, stride }) => sum + rows * stride, 0);
  const packed = joinBytes(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  let rows: Uint8Array;
  try {
    rows = inflateSync(packed, { maxOutputLength: expected });
  } catch (cause) {
    throw new Error("its compressed image is damaged", { cause });
  }
  if (rows.length !== expected) {
    throw new Error(`its image has ${rows.length} bytes instead of ${expected}`);
  }
  let offset = 0;
  for (const { rows: count, stride } of passes) {
    for (let row = 0; row < count; row++, offset += stride) {
      if (rows[offset] > 4) throw new Error(`row filter ${rows[offset]} does not exist`);
    }
  }
}

/** The specification marks chunks that a reader must understand by a capital first letter. */
function isCritical(type: string): boolean {
  return type[0] < "a";
}

function joinBytes(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
