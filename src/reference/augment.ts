/**
 * Rotation, shift, flip and z-score of one trial's batch (SPEC §2).
 *
 * @module
 */
import type { Normalization } from "../nn/augment.ts";
import type { Slot } from "../nn/slots.ts";
import { type Array64, get, indices, set, zeros } from "./array.ts";

/**
 * x[b, r, q, c] = (bilinear(image, R·((r, q) − centre + shift) + centre)[c] / 255 − mean) / std,
 *
 * with centre = (H/2 + ½, W/2 + ½), R = [[cos θ, −sin θ], [sin θ, cos θ]] on (row, column), coordinates
 * outside clamped to the edge, and the output columns mirrored where the slot says flip.
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
  for (const [b, r, q, c] of indices(x.shape)) {
    const slot = slots[b];
    if (!slot) continue;
    const angle = slot.theta * Math.PI / 180;
    const centre = [height / 2 + 0.5, width / 2 + 0.5];
    const fromRow = r - centre[0] + slot.tx;
    const fromColumn = (slot.flip ? width - 1 - q : q) - centre[1] + slot.ty;
    const row = Math.cos(angle) * fromRow - Math.sin(angle) * fromColumn + centre[0];
    const column = Math.sin(angle) * fromRow + Math.cos(angle) * fromColumn + centre[1];
    const value = bilinear(pixels, slot.image, row, column, c);
    set(x, [b, r, q, c], (value / 255 - mean[c]) / std[c]);
  }
  return x;
}

/** The weighted mean of the four pixels around a point. */
function bilinear(pixels: Array64, image: number, row: number, column: number, c: number): number {
  const [, height, width] = pixels.shape;
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [down, right] = [row - top, column - left];
  const pixel = (r: number, q: number) =>
    get(pixels, image, clamp(r, height - 1), clamp(q, width - 1), c);
  return (1 - down) * ((1 - right) * pixel(top, left) + right * pixel(top, left + 1)) +
    down * ((1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1));
}

const clamp = (value: number, last: number) => Math.min(Math.max(value, 0), last);
