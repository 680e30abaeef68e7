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

/**
 * Resizes RGBA pixels by nearest neighbour.
 *
 * @param pixels (H, W, 4), 0 … 255.
 * @param from H and W.
 * @param to The new H' and W'.
 * @returns (H', W', 4); the same array where the size does not change.
 */
export function resizeNearest(
  pixels: Uint8Array<ArrayBuffer>,
  from: Size,
  to: Size,
): Uint8Array<ArrayBuffer> {
  if (from.height === to.height && from.width === to.width) return pixels;
  const rows = sourceIndices(from.height, to.height);
  const columns = sourceIndices(from.width, to.width);
  const input = new Uint32Array(pixels.buffer, pixels.byteOffset, from.height * from.width);
  const output = new Uint32Array(to.height * to.width); // a pixel is one word
  let next = 0;
  for (const row of rows) {
    for (const column of columns) output[next++] = input[row * from.width + column];
  }
  return new Uint8Array(output.buffer);
}

/**
 * For each output index, the input index whose pixel covers its centre: ⌊(i + ½)·from/to⌋.
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
