/**
 * The augmentation shader against its twin.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download } from "../gpu/tensor.ts";
import { augment } from "../nn/augment.ts";
import { createLayout } from "../nn/layout.ts";
import { SLOT_WORDS } from "../nn/slots.ts";
import { arrayOf } from "../reference/array.ts";
import * as twins from "../reference/augment.ts";
import { between, type Case, ofTrials, poison, relative, ROUNDING, store } from "./case.ts";
import { drawClock, drawSlots } from "./slots.ts";

const IMAGES = 5;
/** First image and count of each chunk, as where a binding does not hold all. */
const CHUNKS = [[0, 3], [3, 2]];

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

  const x = store(poison([trials * batch, height, width, channels]), [height, width], map);
  const tensors = {
    pixels: CHUNKS.map(([first, count]) => {
      const image = 4 * height * width;
      const part = bytes.slice(first * image, (first + count) * image);
      return createTensor(gpu, "pixels", [count, height, width], part);
    }),
    slots: createTensor(gpu, "slots", [trials, steps * batch, SLOT_WORDS], words),
    clock: createTensor(gpu, "clock", [64], clock),
    x: createTensor(gpu, "x", [trials, batch, map.height, map.width, channels], x),
  };
  submit(gpu, await augment(gpu, map, normalization, tensors));
  const [actual] = await download(gpu, [tensors.x]);
  const pixels = arrayOf([IMAGES, height, width, 4], bytes);
  const expected = ofTrials(trials, (trial) => {
    const places = slots[trial][clock[0] % steps];
    return twins.augment(pixels, places, normalization, channels);
  });
  return {
    shape: `${trials} trials × ${batch} images ${height}×${width}×${channels}, border ` +
      `${map.top} of ${map.height - height} lines`,
    error: relative(actual, store(expected, [height, width], map)),
    bound: ROUNDING,
  };
};

/** By shader. */
export const augmentCases = { augment: augmentCase } satisfies Record<string, Case>;
