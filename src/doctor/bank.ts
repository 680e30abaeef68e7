/**
 * A random bank of images with slots, and what each batch of it is once warped.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { farthestFromWhite } from "../data/augment.ts";
import { createSheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor } from "../gpu/tensor.ts";
import type { WarpedImages } from "../nn/augment.ts";
import { SLOT_WORDS } from "../nn/slots.ts";
import type { Random } from "../random.ts";
import { arrayOf } from "../reference/array.ts";
import { augment } from "../reference/augment.ts";
import { ofTrials } from "./case.ts";
import { between, coin } from "./draws.ts";
import { drawClock, drawSlots } from "./slots.ts";

const IMAGES = 5;
/** First image and count of each sheet, as where one does not hold all. */
const SHEETS = [[0, 3], [3, 2]];

/** Draws images, their transforms and a step. */
export function drawBank(
  gpu: Gpu,
  random: Random,
  { trials, batch, size, channels }: {
    trials: number;
    batch: number;
    size: [height: number, width: number];
    channels: number;
  },
): { images: WarpedImages; warped: Float64Array } {
  const [height, width] = size, steps = between(random, 2, 4);
  const image = 4 * height * width, bytes = new Uint8Array(IMAGES * image), fb = coin(random);
  const farthest = Array.from({ length: IMAGES }, (_, i) => {
    const own = bytes.subarray(i * image, (i + 1) * image), least = random.integer(256); // pale ones, too
    own.forEach((_, at) => own[at] = between(random, least, 255));
    return farthestFromWhite(own);
  });
  const counts = { trials, steps, batch, images: IMAGES, classes: 2, ...fb && { farthest } };
  const { slots, words } = drawSlots(random, counts, size);
  const clock = drawClock(random);
  const normalization = {
    mean: [0, 0, 0].map(() => random.uniform()),
    std: [0, 0, 0].map(() => 0.1 + random.uniform()),
  };
  const pixels = SHEETS.map(([first, count]) => {
    const sheet = createSheet(gpu, "pixels", [count, height, width], "r32uint");
    uploadSheet(gpu, sheet, bytes.slice(first * image, (first + count) * image));
    return sheet;
  });
  const images = {
    pixels,
    batch,
    normalization,
    fb,
    slots: createTensor(gpu, "slots", [trials, steps * batch, SLOT_WORDS], words),
    clock: createTensor(gpu, "clock", [64], clock),
  };
  const bank = arrayOf([IMAGES, height, width, 4], bytes);
  const warped = ofTrials(
    trials,
    (trial) => augment(bank, slots[trial][clock[0] % steps], normalization, channels),
  );
  return { images, warped };
}
