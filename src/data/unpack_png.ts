/**
 * Picks pixels out of a PNG's unpacked rows: undoes the filters, and puts the passes of an interlaced
 * picture together (ISO/IEC 15948, 8 and 9). upng-js mixes up samples of fewer than 8 bits when it does
 * this, and needs all pixels at once.
 *
 * @module
 */
import { ADAM7, type GuardedPng, type PngPass } from "./guard_png.ts";
import { release } from "./free_memory.ts";
import type { PackedPng } from "./upng.ts";

/** The pass that holds a row and column, each modulo 8. */
const PASS_OF = Array.from(
  { length: 64 },
  (_, place) =>
    ADAM7.findIndex(([row, column, rowStep, columnStep]) =>
      (place >> 3) % rowStep === row && (place & 7) % columnStep === column
    ),
);

/**
 * Picks pixels.
 *
 * @param png The picture; its rows are used up.
 * @param rows (H') The rows to take.
 * @param columns (W') The columns to take of each.
 * @returns (H', W') as upng-js understands it, 8 or 16 bits a sample: grey of fewer bits is spread
 *   over 0 … 255, indices of a palette stay as they are.
 * @throws {Error} If a pixel has a colour beyond the palette's end.
 */
export function unpackPng(
  png: GuardedPng,
  rows: readonly number[],
  columns: readonly number[],
): PackedPng {
  const { depth, colour, bits, passes, rows: bytes } = png;
  const size = Math.ceil(bits / 8); // of a pixel, in bytes
  for (const pass of passes) undoFilters(bytes, pass, size);
  const colours = colour === 3 ? png.palette!.length / 3 : 256;
  const scale = scaleOf(png);
  const data = new Uint8Array(rows.length * columns.length * size);
  let next = 0;
  for (const row of rows) {
    for (const column of columns) {
      const pass = passes[passes.length === 1 ? 0 : PASS_OF[(row & 7) << 3 | column & 7]];
      const line = pass.start + (row - pass.row) / pass.rowStep * pass.stride + 1;
      const place = (column - pass.column) / pass.columnStep;
      if (bits >= 8) {
        for (let i = 0; i < size; i++) data[next + i] = bytes[line + place * size + i];
      } else {
        const bit = place * bits, byte = bytes[line + (bit >> 3)];
        data[next] = scale * (byte >> (8 - bits - (bit & 7)) & (1 << bits) - 1);
      }
      if (data[next] >= colours) throw new Error(`it uses colour ${data[next]} of ${colours}`);
      next += size;
    }
  }
  release(bytes);
  const tabs = { PLTE: png.palette, tRNS: transparencyOf(png) };
  const shape = { width: columns.length, height: rows.length, depth: Math.max(8, depth) };
  return { ...shape, ctype: colour, data, tabs };
}

/** What a grey level of fewer than 8 bits is multiplied by. */
function scaleOf({ depth, colour }: GuardedPng): number {
  return colour === 0 && depth < 8 ? 255 / (2 ** depth - 1) : 1;
}

/**
 * The alphas of a palette, or the level or colour that is transparent. A level is stored in two bytes,
 * of which only as many bits count as a sample has. A grey level is given as an array of one, because
 * upng-js takes a bare 0 for none.
 */
function transparencyOf(png: GuardedPng): ArrayLike<number> | undefined {
  const { transparency, colour, depth } = png;
  if (!transparency || colour === 3) return transparency;
  const view = new DataView(transparency.buffer, transparency.byteOffset);
  return Array.from(
    { length: transparency.length / 2 },
    (_, i) => scaleOf(png) * (view.getUint16(2 * i) & 2 ** depth - 1),
  );
}

/** Undoes the filters of a pass: each byte is what is stored plus a guess by its neighbours. */
function undoFilters(bytes: Uint8Array, { count, stride, start }: PngPass, size: number): void {
  for (let row = 0, line = start; row < count; row++, line += stride) {
    const filter = bytes[line], end = line + stride, second = line + 1 + size;
    if (filter === 0) continue;
    for (let at = line + 1; at < end; at++) {
      const left = at < second ? 0 : bytes[at - size], above = row === 0 ? 0 : bytes[at - stride];
      if (filter === 1) bytes[at] += left;
      else if (filter === 2) bytes[at] += above;
      else if (filter === 3) bytes[at] += left + above >> 1;
      else {
        bytes[at] += paeth(left, above, at < second || row === 0 ? 0 : bytes[at - size - stride]);
      }
    }
  }
}

/** The byte (left, above or in the corner between) that is nearest to left + above − corner. */
function paeth(left: number, above: number, corner: number): number {
  const a = Math.abs(above - corner), b = Math.abs(left - corner);
  const c = Math.abs(left + above - 2 * corner);
  return a <= b && a <= c ? left : b <= c ? above : corner;
}
