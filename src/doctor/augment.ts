/**
 * The augmentation shader against its twin.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor } from "../gpu/tensor.ts";
import { augment, createImages } from "../nn/augment.ts";
import { createLayout } from "../nn/layout.ts";
import { SLOT_WORDS } from "../nn/slots.ts";
import { arrayOf } from "../reference/array.ts";
import * as twins from "../reference/augment.ts";
import { between, type Case, ofTrials, poison, relative, ROUNDING } from "./case.ts";
import { drawClock, drawSlots } from "./slots.ts";
import { toSheet } from "./stored.ts";

const IMAGES = 5;
/** First image and count of each sheet, as where one does not hold all. */
const SHEETS = [[0, 3], [3, 2]];

const augmentCase: Case = async (gpu, random) => {
  const [height, width] = [between(random, 4, 21), between(random, 4, 21)];
  const [channels, batch] = [between(random, 1, 3), 3];
  const [trials, steps] = [between(random, 1, 3), between(random, 2, 4)];
  const block = { kernel: between(random, 1, 5), filters: 1, stride: 1, pool: 1, poolStride: 1 };
  const { x: map } = createLayout({
    input: [height, width, channels],
    blocks: [block],
    ...{ dense: [2], dropout: [0] },
  }).convs[0];
  const bytes = new Uint8Array(IMAGES * height * width * 4).map(() => random.integer(256));
  const { slots, words } = drawSlots(random, { trials, steps, batch, images: IMAGES, classes: 2 }, [
    height,
    width,
  ]);
  const clock = drawClock(random);
  const normalization = {
    mean: [0, 0, 0].map(() => random.uniform()),
    std: [0, 0, 0].map(() => 0.1 + random.uniform()),
  };

  const size = [height, width, channels] as const;
  const x = createImages(gpu, "x", map, trials, batch);
  uploadSheet(gpu, x, toSheet(poison([trials * batch * height * width * channels]), size, map));
  const buffers = {
    pixels: SHEETS.map(([first, count]) => {
      const image = 4 * height * width;
      const sheet = createSheet(gpu, "pixels", [count, height, width], "r32uint");
      uploadSheet(gpu, sheet, bytes.slice(first * image, (first + count) * image));
      return sheet;
    }),
    slots: createTensor(gpu, "slots", [trials, steps * batch, SLOT_WORDS], words),
    clock: createTensor(gpu, "clock", [64], clock),
    x,
  };
  submit(gpu, await augment(gpu, map, normalization, buffers));
  const pixels = arrayOf([IMAGES, height, width, 4], bytes);
  const expected = ofTrials(trials, (trial) => {
    const places = slots[trial][clock[0] % steps];
    return twins.augment(pixels, places, normalization, channels);
  });
  return {
    shape: `${trials} trials × ${batch} images ${height}×${width}×${channels}, border ` +
      `${map.top} of ${map.height - height} lines`,
    error: relative(await downloadSheet(gpu, x), toSheet(expected, size, map)),
    bound: ROUNDING,
  };
};

/** By shader. */
export const augmentCases = { augment: augmentCase } satisfies Record<string, Case>;
