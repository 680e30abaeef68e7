/**
 * Maps as the shaders store them: on sheets in a border of zeros, as planes, and flat.
 *
 * @module
 */
import { quads, type StoredMap } from "../nn/layout.ts";
import { DEAD } from "../reference/conv_pool.ts";

/** Sizes of a map without its border. */
export type Size = readonly [height: number, width: number, channels: number];

/**
 * Puts maps on a sheet: pixel (r, q) at (top + r·stride, left + q·stride) among zeros.
 *
 * @param values (N, HEIGHT, WIDTH, CHANNELS)
 * @returns (N, map.height, map.width, 4 · ⌈CHANNELS/4⌉)
 */
export function toSheet(
  values: ArrayLike<number>,
  [height, width, channels]: Size,
  map: StoredMap,
  stride = 1,
): Float32Array<ArrayBuffer> {
  const depth = 4 * quads(channels);
  const pixels = values.length / channels;
  const stored = new Float32Array(pixels / (height * width) * map.height * map.width * depth);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const column = map.left + pixel % width * stride;
    const row = map.top + Math.floor(pixel / width) % height * stride;
    const image = Math.floor(pixel / width / height);
    const at = ((image * map.height + row) * map.width + column) * depth;
    for (let c = 0; c < channels; c++) stored[at + c] = values[pixel * channels + c];
  }
  return stored;
}

/**
 * The maps inside their borders on a sheet.
 *
 * @returns (N, HEIGHT, WIDTH, CHANNELS)
 */
export function fromSheet(
  stored: Float32Array<ArrayBuffer>,
  [height, width, channels]: Size,
  map: StoredMap,
): Float32Array<ArrayBuffer> {
  const depth = 4 * quads(channels);
  return stored.filter((_, i) => {
    const pixel = Math.floor(i / depth);
    const row = Math.floor(pixel / map.width) % map.height - map.top;
    const column = pixel % map.width - map.left;
    return i % depth < channels && row >= 0 && row < height && column >= 0 && column < width;
  });
}

/**
 * Maps as planes, each row filled up to whole vectors of four.
 *
 * @param values (N, HEIGHT, WIDTH, CHANNELS)
 * @param filling What stands beyond a row's end; default 0.
 * @returns (N, CHANNELS, HEIGHT, 4 · ⌈WIDTH/4⌉)
 */
export function toPlanes(
  values: ArrayLike<number>,
  [height, width, channels]: Size,
  filling = 0,
): Float32Array<ArrayBuffer> {
  const images = values.length / (height * width * channels);
  const line = 4 * quads(width);
  const planes = new Float32Array(images * channels * height * line).fill(filling);
  for (let i = 0; i < values.length; i++) {
    planes[planePlace(i, [height, width, channels])] = values[i];
  }
  return planes;
}

/**
 * The maps in planes; what stands beyond a row's end is left out.
 *
 * @returns (N, HEIGHT, WIDTH, CHANNELS)
 */
export function fromPlanes(
  planes: Float32Array<ArrayBuffer>,
  [height, width, channels]: Size,
): Float32Array<ArrayBuffer> {
  const size = planes.length / (4 * quads(width)) * width;
  return new Float32Array(size).map((_, i) => planes[planePlace(i, [height, width, channels])]);
}

/** The place in planes of element i of (N, HEIGHT, WIDTH, CHANNELS). */
function planePlace(i: number, [height, width, channels]: Size): number {
  const [c, q] = [i % channels, Math.floor(i / channels) % width];
  const r = Math.floor(i / channels / width) % height;
  const image = Math.floor(i / channels / width / height);
  return ((image * channels + c) * height + r) * 4 * quads(width) + q;
}

/**
 * Rows of values, each filled up with zeros.
 *
 * @param values (N, FROM)
 * @returns (N, TO)
 */
export function fill(
  values: ArrayLike<number>,
  from: number,
  to: number,
): Float32Array<ArrayBuffer> {
  const rows = values.length / from;
  return new Float32Array(rows * to).map((_, i) => {
    const [row, k] = [Math.floor(i / to), i % to];
    return k < from ? values[row * from + k] : 0;
  });
}

/**
 * Places of maxima as the shaders keep them: a byte for each of four channels.
 *
 * @param argmax (N, CHANNELS).
 * @returns (N, ⌈CHANNELS/4⌉) words.
 */
export function packPlaces(
  argmax: ArrayLike<number>,
  channels: number,
): Uint32Array<ArrayBuffer> {
  const bytes = new Uint8Array(argmax.length / channels * 4 * quads(channels)).fill(DEAD);
  for (let i = 0; i < argmax.length; i++) {
    bytes[Math.floor(i / channels) * 4 * quads(channels) + i % channels] = argmax[i];
  }
  return new Uint32Array(bytes.buffer);
}

/**
 * The places in such words.
 *
 * @returns (N, CHANNELS)
 */
export function unpackPlaces(packed: Float32Array<ArrayBuffer>, channels: number): Float64Array {
  const bytes = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
  return Float64Array.from(bytes.filter((_, i) => i % (4 * quads(channels)) < channels));
}
