/**
 * Images on the GPU, and the order and transforms in which training and evaluation see them.
 *
 * @module
 */
import {
  type Augmentation,
  drawTransform,
  drawTwoColours,
  farthestFromWhite,
} from "../data/augment.ts";
import type { Gpu } from "../gpu/device.ts";
import { evenTile } from "../gpu/shader.ts";
import { blocksAtMost, createSheet, type Sheet, uploadSheet } from "../gpu/sheet.ts";
import type { NetworkSpec } from "../nn/layout.ts";
import { AS_IT_IS, type Slot } from "../nn/slots.ts";
import type { Random } from "../random.ts";

/** Labelled images of one size, in memory. */
export interface Images {
  /** RGBA (N, H, W, 4), 0 … 255. */
  pixels: Uint8Array<ArrayBuffer>;
  /** (N) labels, 0 … classes − 1. */
  labels: Int32Array<ArrayBuffer>;
  /** H, rows of every image. */
  height: number;
  /** W, columns of every image. */
  width: number;
}

/** Images on the GPU; uploaded once, they serve any number of trainings. */
export interface ImageBank extends Omit<Images, "pixels"> {
  /** (N, H, W) RGBA bytes, on one or more sheets along N. */
  pixels: Sheet[];
  /** (N) how far each image's farthest pixel is from white, which two colours need; default 255 each. */
  farthest?: Uint8Array;
}

/** Some images of a bank. */
export interface Examples {
  /** The bank that holds them. */
  bank: ImageBank;
  /** Indices into the bank; default all. */
  indices?: readonly number[];
}

/**
 * Uploads images, 4 bytes a pixel, on as few sheets as the adapter's largest texture allows.
 *
 * @throws {RangeError} When a single image exceeds the adapter's largest texture.
 */
export function uploadImages(gpu: Gpu, { pixels, labels, height, width }: Images): ImageBank {
  const bytes = 4 * height * width;
  const size = evenTile(labels.length, Math.max(1, blocksAtMost(gpu, height, width)));
  const sheets: Sheet[] = [];
  for (let first = 0; first < labels.length; first += size) {
    const count = Math.min(size, labels.length - first);
    const sheet = createSheet(gpu, "images", [count, height, width], "r32uint");
    uploadSheet(gpu, sheet, pixels.subarray(first * bytes, (first + count) * bytes));
    sheets.push(sheet);
  }
  const farthest = new Uint8Array(labels.length).map((_, image) =>
    farthestFromWhite(pixels.subarray(image * bytes, (image + 1) * bytes))
  );
  return { pixels: sheets, labels, height, width, farthest };
}

/** The images of a set as untransformed slots. */
export function listExamples({ bank, indices }: Examples, { input, dense }: NetworkSpec): Slot[] {
  const [height, width] = input;
  const classes = dense[dense.length - 1];
  if (bank.height !== height || bank.width !== width) {
    throw new TypeError(
      `Cannot feed ${bank.height}×${bank.width} images to a network of ${height}×${width} inputs`,
    );
  }
  const chosen = indices ?? Array.from(bank.labels.keys());
  if (chosen.length === 0) throw new RangeError("Cannot train or evaluate on no images");
  return chosen.map((image) => {
    const label = bank.labels[image];
    if (!(label >= 0 && label < classes)) {
      throw new RangeError(
        `Cannot use image ${image}: label ${label} is outside 0 … ${classes - 1}`,
      );
    }
    return { image, label, weight: 0, ...AS_IT_IS, farthest: bank.farthest?.[image] };
  });
}

/**
 * One trial's epoch: every example once, in fresh order, freshly transformed.
 *
 * @param augmentation As `drawTransform` takes it.
 */
export function drawEpoch(
  examples: readonly Slot[],
  random: Random,
  batch: number,
  augmentation?: Augmentation,
): (Slot | null)[] {
  const order = random.shuffle(Array.from(examples.keys()));
  const steps = Math.ceil(order.length / batch);
  return Array.from({ length: steps * batch }, (_, place) => {
    if (place >= order.length) return null;
    const inBatch = Math.min(batch, order.length - Math.floor(place / batch) * batch);
    return { ...drawLook(examples[order[place]], random, augmentation), weight: 1 / inBatch };
  });
}

/** Augmented copies of all examples, copy after copy; `augmentation` as `drawTransform` takes it. */
export function drawCopies(
  examples: readonly Slot[],
  random: Random,
  copies: number,
  augmentation?: Augmentation,
): Slot[] {
  return Array.from({ length: copies }, () => examples).flat().map((example) =>
    drawLook(example, random, augmentation)
  );
}

/** An example as it is seen once. */
function drawLook(example: Slot, random: Random, augmentation?: Augmentation): Slot {
  const transform = drawTransform(random, augmentation);
  return { ...example, ...transform, ...augmentation?.fb && drawTwoColours(random) };
}
