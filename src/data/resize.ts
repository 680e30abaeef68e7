/**
 * Nearest-neighbour resizing, as Keras' loader did it (Pillow's NEAREST; SPEC §1).
 *
 * @module
 */

/** A picture's size in pixels. */
export interface Size {
  /** Rows. */
  height: number;
  /** Columns. */
  width: number;
}

/** Rows and columns of a picture that are wanted. */
export interface Wanted {
  rows: number[];
  columns: number[];
}

/**
 * Makes a picture of some of another's pixels.
 *
 * @param pixels (H, W, 4) of any number of rows of `width` pixels.
 * @param rows (H') The rows to take.
 * @param columns (W') The columns to take of each.
 * @returns (H', W', 4).
 */
export function pickPixels(
  pixels: Uint8Array<ArrayBuffer>,
  width: number,
  rows: readonly number[],
  columns: readonly number[],
): Uint8Array<ArrayBuffer> {
  const input = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
  const output = new Uint32Array(rows.length * columns.length); // a pixel is one word
  let next = 0;
  for (const row of rows) {
    for (const column of columns) output[next++] = input[row * width + column];
  }
  return new Uint8Array(output.buffer);
}

/**
 * Lists, for each output index, the input index whose pixel covers its centre: ⌊(i + ½)·from/to⌋.
 *
 * The centres are summed up, not multiplied, because Pillow does so: where a centre falls on the
 * border between two pixels, the rounding of the sum decides (16 → 200 at 12, for example).
 */
export function sourceIndices(from: number, to: number): number[] {
  const step = from / to;
  const indices: number[] = [];
  for (let i = 0, centre = step / 2; i < to; i++, centre += step) indices.push(Math.floor(centre));
  return indices;
}
