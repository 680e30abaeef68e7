/**
 * Fills a batch with warped, z-scored images.
 *
 * @module
 */
import augmentSource from "../../shaders/augment.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step } from "../gpu/shader.ts";
import { createSheet, type Sheet, sheetConstants } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { quads, type StoredMap } from "./layout.ts";

const augmentShader = {
  name: "augment",
  source: augmentSource,
  bindings: { pixels: "load", slots: "read", clock: "read", x: "store" },
} as const satisfies Shader<string>;

/** Mean and standard deviation of each colour channel, on pixels in [0, 1]. */
export interface Normalization {
  /** (3), red, green, blue. */
  mean: readonly number[];
  /** (3), all > 0. */
  std: readonly number[];
}

/** Creates the sheet of the first layer's input: (TRIALS, BATCH, X_HEIGHT, X_WIDTH · QUADS), zeros. */
export function createImages(
  gpu: Gpu,
  label: string,
  { height, width, channels }: StoredMap,
  trials: number,
  batch: number,
): Sheet {
  return createSheet(gpu, label, [trials, batch, height, width * quads(channels)]);
}

/**
 * x = the images that the clock's slots name, warped and z-scored.
 *
 * @param pixels (IMAGES, HEIGHT, WIDTH) RGBA bytes, on one or more sheets along IMAGES.
 * @param slots (TRIALS or 1, STEPS · BATCH, 12)
 * @param map How x is stored: the first layer's input, CHANNELS 1 … 3.
 * @param x (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH) texels
 * @throws {RangeError} When the map has more than 3 channels.
 */
export async function augment(
  gpu: Gpu,
  map: StoredMap,
  { mean, std }: Normalization,
  { pixels, slots, clock, x }: { pixels: Sheet[]; slots: Tensor; clock: Tensor; x: Sheet },
): Promise<Step[]> {
  if (map.channels > 3) {
    throw new RangeError(
      `Cannot augment into ${map.channels} channels: images have red, green, blue`,
    );
  }
  const [trials, batch] = x.shape;
  const [, height, width] = pixels[0].shape;
  // The slot is loaded once for all pixels of a lane.
  const perLane = Math.min(16, ceilDiv(height * width, 64));
  let first = 0;
  return await Promise.all(pixels.map((sheet) => {
    const [images] = sheet.shape;
    const step = bind(gpu, augmentShader, {
      buffers: { pixels: sheet, slots, clock, x },
      constants: {
        ...{ FIRST: first, IMAGES: images, BATCH: batch, STEPS: slots.shape[1] / batch },
        ...{ HEIGHT: height, WIDTH: width, CHANNELS: map.channels, PER_LANE: perLane },
        ...{ PIXELS_DOWN: sheet.down, ...sheetConstants("X", x), X_TOP: map.top, X_LEFT: map.left },
        ...{ MEAN_R: mean[0], MEAN_G: mean[1], MEAN_B: mean[2] },
        ...{ STD_R: std[0], STD_G: std[1], STD_B: std[2] },
      },
      workgroups: [ceilDiv(height * width, 64 * perLane), batch, trials],
    });
    first += images;
    return step;
  }));
}
