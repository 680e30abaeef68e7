/**
 * Rotation, shift, flip and z-score of one trial's batch (SPEC §2).
 *
 * @module
 */
import type { Normalization } from "../nn/augment.ts";
import type { Slot } from "../nn/slots.ts";
import { type Array64, arrayOf, get, indices, set, zeros } from "./array.ts";

/**
 * x[b, r, q, c] = (bilinear(image, R·((r, q) − centre + shift) + centre)[c] / 255 − mean) / std,
 *
 * with centre = (H/2 + ½, W/2 + ½), R = [[cos θ, −sin θ], [sin θ, cos θ]] on (row, column), coordinates
 * outside clamped to the edge, and the output columns mirrored where the slot says flip. A slot with two
 * colours shows the image in them.
 *
 * @param pixels (IMAGES, HEIGHT, WIDTH, 4), 0 … 255
 * @param slots (BATCH); null gives an image of zeros.
 * @param channels 1 … 3: the first of RGB.
 * @returns x (BATCH, HEIGHT, WIDTH, CHANNELS)
 */
export function augment(
  pixels: Array64,
  slots: readonly (Slot | null)[],
  { mean, std }: Normalization,
  channels: number,
): Array64 {
  const [, height, width] = pixels.shape;
  const x = zeros([slots.length, height, width, channels]);
  const images = slots.map((slot) => slot && shownPixels(pixels, slot));
  for (const [b, r, q, c] of indices(x.shape)) {
    const slot = slots[b], image = images[b];
    if (!slot || !image) continue;
    const angle = slot.theta * Math.PI / 180;
    const centre = [height / 2 + 0.5, width / 2 + 0.5];
    const fromRow = r - centre[0] + slot.tx;
    const fromColumn = (slot.flip ? width - 1 - q : q) - centre[1] + slot.ty;
    const row = Math.cos(angle) * fromRow - Math.sin(angle) * fromColumn + centre[0];
    const column = Math.sin(angle) * fromRow + Math.cos(angle) * fromColumn + centre[1];
    const value = bilinear(image, row, column, c);
    set(x, [b, r, q, c], (value / 255 - mean[c]) / std[c]);
  }
  return x;
}

/**
 * The pixels of a slot's image or, in two colours, background + share · (foreground − background), where
 * a pixel's share is how far it is from white, of how far any pixel is.
 */
function shownPixels(pixels: Array64, { image, foreground, background }: Slot): Array64 {
  const [, ...shape] = pixels.shape, size = pixels.data.length / pixels.shape[0];
  const own = arrayOf(shape, pixels.data.subarray(image * size, (image + 1) * size));
  if (!foreground || !background) return own;
  const distances = Array.from(
    indices(shape.slice(0, 2)),
    ([r, q]) => 255 - Math.min(get(own, r, q, 0), get(own, r, q, 1), get(own, r, q, 2)),
  );
  const farthest = distances.reduce((most, distance) => Math.max(most, distance), 1);
  const shown = zeros([...shape.slice(0, 2), 3]);
  for (const [r, q, c] of indices(shown.shape)) {
    const share = distances[r * shape[1] + q] / farthest;
    set(shown, [r, q, c], background[c] + share * (foreground[c] - background[c]));
  }
  return shown;
}

/** The weighted mean of the four pixels around a point. */
function bilinear(image: Array64, row: number, column: number, c: number): number {
  const [height, width] = image.shape;
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [down, right] = [row - top, column - left];
  const pixel = (r: number, q: number) => get(image, clamp(r, height - 1), clamp(q, width - 1), c);
  return (1 - down) * ((1 - right) * pixel(top, left) + right * pixel(top, left + 1)) +
    down * ((1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1));
}

const clamp = (value: number, last: number) => Math.min(Math.max(value, 0), last);
