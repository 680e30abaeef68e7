import type { Augmentation } from "../../src/data/augment.ts";
import { createRandom } from "../../src/random.ts";
import { augment } from "../../src/reference/augment.ts";
import { drawCopies, listExamples, uploadImages } from "../../src/training/examples.ts";
import { previewAugmented } from "../../src/training/preview.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { IN_TWO_COLOURS, SIDE, toyImages, toyOptions } from "../helpers/toy.ts";

/** The same images as the twin warps them. */
async function assertPreview(augmentation?: Augmentation): Promise<void> {
  const images = toyImages(10);
  const bank = uploadImages(gpu, images);
  const preview = await previewAugmented(gpu, toyOptions, { bank }, 4, augmentation);
  assertEquals(preview.map(({ width, height }) => [width, height]), Array(4).fill([SIDE, SIDE]));

  const all = listExamples({ bank }, toyOptions.network);
  const slots = drawCopies(
    [0, 2, 5, 7].map((image) => all[image]),
    createRandom(0),
    1,
    augmentation,
  );
  const pixels = { shape: [10, SIDE, SIDE, 4], data: Float64Array.from(images.pixels) };
  const { data } = augment(pixels, slots, { mean: [0, 0, 0], std: [1, 1, 1] }, 3);
  for (const [image, { rgba }] of preview.entries()) {
    for (let i = 0; i < SIDE * SIDE * 4; i++) {
      const from = (image * SIDE * SIDE + Math.floor(i / 4)) * 3 + i % 4;
      const wanted = i % 4 === 3 ? 255 : 255 * data[from];
      assert(
        Math.abs(rgba[i] - wanted) <= 0.51,
        `image ${image}, value ${i}: ${rgba[i]}, ${wanted}`,
      );
    }
  }
}

Deno.test("previewAugmented shows images as the shader warps them, with the z-score undone", () =>
  assertPreview());

Deno.test("previewAugmented shows them in two colours", () => assertPreview(IN_TWO_COLOURS));

Deno.test("previewAugmented shows no image twice", async () => {
  const bank = uploadImages(gpu, toyImages(3));
  assertEquals((await previewAugmented(gpu, toyOptions, { bank }, 32)).length, 3);
});
