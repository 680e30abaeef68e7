/**
 * What shaders call the sizes of a layer, and where its parameters lie.
 *
 * @module
 */
import { type Sheet, sheetConstants } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { ConvLayout, DenseLayout } from "./layout.ts";

/** The sizes of a layer's convolution. */
export function convConstants({ kernel, stride, channels, filters }: ConvLayout) {
  return { KERNEL: kernel, STRIDE: stride, CHANNELS: channels, FILTERS: filters };
}

/** The windows of a layer's max-pool. */
export function windowConstants({ pool, poolStride, outHeight, outWidth }: ConvLayout) {
  return { POOL: pool, POOL_STRIDE: poolStride, OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth };
}

/** The places of a layer's kernel and bias in a trial's row of (TRIALS, ROW). */
export function placeConstants({ weights, bias }: ConvLayout | DenseLayout, rows: Tensor) {
  return { ROW: rows.shape[1], WEIGHTS: weights.offset, BIAS: bias.offset };
}

/** The sheet of images, and whether one set of them serves all trials. */
export function imageConstants(x: Sheet, trials: number) {
  return { ...sheetConstants("X", x), SHARED_IMAGES: sharing(x.shape[0], trials) };
}

/** SHARED_IMAGES: 1 where one set of images serves several trials, else 0. */
export const sharing = (sets: number, trials: number): number => sets === 1 && trials > 1 ? 1 : 0;

/** The sheet of the gradient of the convolution's output, and the corner where that begins. */
export function gradientConstants({ dz: { top, left } }: ConvLayout, dz: Sheet) {
  return { ...sheetConstants("DZ", dz), DZ_TOP: top, DZ_LEFT: left };
}
