/**
 * Writes PNG files of every kind, right or wrong, chunk by chunk.
 *
 * @module
 */
import { crc32, deflateSync } from "node:zlib";

/** What `buildPng` writes; `samples` are the raw values, row by row, channels interleaved. */
export interface PngSpec {
  width: number;
  height: number;
  depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha. */
  colour: number;
  samples: number[];
  interlaced?: boolean;
  /** Chunks between header and image. */
  before?: Uint8Array[];
}

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Samples a pixel by its colour type. */
export const CHANNELS = new Map([[0, 1], [2, 3], [3, 1], [4, 2], [6, 4]]);

/** The passes of an interlaced picture: the first row and column, and the steps to the next. */
const ADAM7 = [
  ...[[0, 0, 8, 8], [0, 4, 8, 8], [4, 0, 8, 4], [0, 2, 4, 4]],
  ...[[2, 0, 4, 2], [0, 1, 2, 2], [1, 0, 2, 1]],
];

/** One chunk with its length and checksum. */
export function chunk(type: string, data: ArrayLike<number> = []): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(Array.from(data), 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** The header chunk. */
export function header({ width, height, depth, colour, interlaced = false }: PngSpec): Uint8Array {
  const data = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, depth, colour, 0, 0, interlaced ? 1 : 0]);
  new DataView(data.buffer).setUint32(0, width);
  new DataView(data.buffer).setUint32(4, height);
  return chunk("IHDR", data);
}

/** The rows as stored, each behind its filter: by default all five in turn, over the rows of a pass. */
export function pack(
  { width, height, depth, colour, samples, interlaced }: PngSpec,
  filterOf = (row: number, rowStep: number, column: number) => (row / rowStep + column | 0) % 5,
): Uint8Array {
  const channels = CHANNELS.get(colour)!, left = Math.ceil(channels * depth / 8);
  const bytes: number[] = [];
  for (const [row, column, rowStep, columnStep] of interlaced ? ADAM7 : [[0, 0, 1, 1]]) {
    if (column >= width) continue;
    let above: number[] | undefined;
    for (let y = row; y < height; y += rowStep) {
      let bits = "";
      for (let x = column; x < width; x += columnStep) {
        for (let c = 0; c < channels; c++) {
          bits += samples[(y * width + x) * channels + c].toString(2).padStart(depth, "0");
        }
      }
      const line = bits.match(/.{1,8}/g)!.map((byte) => parseInt(byte.padEnd(8, "0"), 2));
      const kind = filterOf(y, rowStep, column);
      const filtered = line.map((value, i) => {
        const [a, b, c] = [line[i - left], above?.[i], above?.[i - left]].map((it) => it ?? 0);
        return value - [0, a, b, (a + b) >> 1, paeth(a, b, c)][kind] & 255;
      });
      bytes.push(kind, ...filtered);
      above = line;
    }
  }
  return Uint8Array.from(bytes);
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [a, b, c].map((value) => Math.abs(a + b - c - value));
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** The image chunk: rows without a filter, but every second row with "sub". */
export const image = (spec: PngSpec): Uint8Array =>
  chunk("IDAT", deflateSync(pack(spec, (row) => row % 2)));

/** Bytes as two digits each, with spaces wherever they help. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.fromHex(digits.replaceAll(" ", ""));
}

/** The bytes of several parts in a row. */
export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** A whole file. */
export function buildPng(spec: PngSpec): Uint8Array<ArrayBuffer> {
  return join(SIGNATURE, header(spec), ...(spec.before ?? []), image(spec), chunk("IEND"));
}
