/**
 * The images that a network reads: they lie ready on a sheet, or in a bank of bytes, from which each batch
 * is warped and z-scored.
 *
 * @module
 */
import augmentSource from "../../shaders/augment.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, type Step } from "../gpu/shader.ts";
import { createSheet, type Sheet, sheetConstants } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { quads, type StoredMap } from "./layout.ts";
import { fractionBits, SLOT_WORDS } from "./slots.ts";

/** How a shader binds the bank out of which it warps. */
export const BANK = { pixels: "load", slots: "read", clock: "read" } as const;

const augmentShader = defineShader("augment", augmentSource, { ...BANK, x: "store" });

/** Mean and standard deviation of each colour channel, on pixels in [0, 1]. */
export interface Normalization {
  /** (3), red, green, blue. */
  mean: readonly number[];
  /** (3), all > 0. */
  std: readonly number[];
}

/** Batches of images out of a bank, each warped by its slot and z-scored (SPEC §2). */
export interface WarpedImages {
  /** (IMAGES, HEIGHT, WIDTH) RGBA bytes, on one or more sheets along IMAGES. */
  pixels: readonly Sheet[];
  /** (TRIALS or 1, STEPS · BATCH, 14): what stands at each place; one row may serve all trials. */
  slots: Tensor;
  /** (64) u32: the step, at 0, chooses the batch. */
  clock: Tensor;
  /** BATCH: images a step. */
  batch: number;
  /** The means and deviations by which pixels are z-scored. */
  normalization: Normalization;
  /** Show each image in its slot's two colours; default false: in its own. */
  fb?: boolean;
}

/**
 * What a network reads: images that lie ready, (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH · QUADS) with their
 * padding, or images that are yet to be warped. One set may serve all trials.
 */
export type ImageSource = Sheet | WarpedImages;

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
 * @param map How x is stored: the first layer's input, CHANNELS 1 … 3.
 * @param x (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH) texels
 * @throws {RangeError} When the map has more than 3 channels.
 */
export async function augment(
  gpu: Gpu,
  map: StoredMap,
  images: WarpedImages,
  x: Sheet,
): Promise<Step[]> {
  const { slots, clock, batch } = images;
  const [trials] = x.shape;
  return await Promise.all(
    bankSheets(map, images).map(({ pixels, constants }) => {
      // On a GPU neighbouring lanes store neighbouring pixels; on a CPU a lane has its own.
      const run = gpu.tunedFor === "gpu" ? 1 : 4;
      const runs = constants.HEIGHT * ceilDiv(constants.WIDTH, run);
      const perLane = Math.min(16, ceilDiv(runs, 64)); // the slot is loaded once for all of them
      return bind(gpu, augmentShader, {
        buffers: { pixels, slots, clock, x },
        constants: {
          ...constants,
          BATCH: batch,
          CHANNELS: map.channels,
          RUN: run,
          PER_LANE: perLane,
          ...sheetConstants("X", x),
          X_TOP: map.top,
          X_LEFT: map.left,
        },
        workgroups: [ceilDiv(runs, 64 * perLane), batch, trials],
        ...warpWork(constants, images, trials),
      });
    }),
  );
}

/** What warping a batch of images of so many tables takes: for each channel, four products and the z-score. */
export function warpWork(
  { HEIGHT, WIDTH }: { HEIGHT: number; WIDTH: number },
  { batch }: WarpedImages,
  tables: number,
) {
  const pixels = tables * batch * HEIGHT * WIDTH;
  return {
    multiplyAdds: 15 * pixels,
    touched: { pixels, slots: tables * batch * SLOT_WORDS, clock: 1 },
  };
}

/**
 * The sheets of a bank, and the constants by which a shader warps the images that lie there.
 *
 * @param map How the first layer stores its input, CHANNELS 1 … 3.
 * @throws {RangeError} When the map has more than 3 channels.
 */
export function bankSheets(
  map: StoredMap,
  { pixels, slots, batch, normalization, fb = false }: WarpedImages,
) {
  if (map.channels > 3) {
    throw new RangeError(
      `Cannot augment into ${map.channels} channels: images have red, green, blue`,
    );
  }
  let first = 0;
  return pixels.map((sheet) => {
    const [images, height, width] = sheet.shape;
    const constants = {
      FIRST: first,
      IMAGES: images,
      STEPS: slots.shape[1] / batch,
      HEIGHT: height,
      WIDTH: width,
      PIXELS_DOWN: sheet.down,
      FRACTION: fractionBits(height, width),
      FB: fb ? 1 : 0,
      ...zScoreConstants(normalization),
    };
    first += images;
    return { pixels: sheet, constants };
  });
}

/** The numbers by which colours are z-scored. */
function zScoreConstants({ mean: [r, g, b], std: [stdR, stdG, stdB] }: Normalization) {
  return { MEAN_R: r, MEAN_G: g, MEAN_B: b, STD_R: stdR, STD_G: stdG, STD_B: stdB };
}
