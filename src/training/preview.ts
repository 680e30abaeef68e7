/**
 * Training images as a network sees them, for people to look at.
 *
 * @module
 */
import type { Augmentation } from "../data/augment.ts";
import type { Gpu } from "../gpu/device.ts";
import { submit } from "../gpu/shader.ts";
import { downloadSheet } from "../gpu/sheet.ts";
import { createTensor } from "../gpu/tensor.ts";
import { augment, createImages } from "../nn/augment.ts";
import { createLayout } from "../nn/layout.ts";
import { encodeSlots, SLOT_WORDS } from "../nn/slots.ts";
import { createRandom } from "../random.ts";
import type { Image } from "../report/png.ts";
import { drawCopies, type Examples, listExamples } from "./examples.ts";
import type { Model } from "../nn/model.ts";

/**
 * Draws some images, spread evenly over the examples, as the shader `augment` warps them; the z-score
 * is undone.
 *
 * @param count How many, at most one an example.
 * @param augmentation As `drawTransform` takes it.
 */
export async function previewAugmented(
  gpu: Gpu,
  { network, normalization }: Omit<Model, "classes">,
  examples: Examples,
  count: number,
  augmentation?: Augmentation,
): Promise<Image[]> {
  const all = listExamples(examples, network);
  const batch = Math.min(count, all.length);
  const chosen = Array.from({ length: batch }, (_, i) => all[Math.floor(i * all.length / batch)]);
  const [height, width, channels] = network.input;
  const map = createLayout(network).convs[0].x;
  return await gpu.scope(async (gpu) => {
    const drawn = drawCopies(chosen, createRandom(0), 1, augmentation);
    const table = encodeSlots(drawn, [height, width]);
    const slots = createTensor(gpu, "preview slots", [1, batch, SLOT_WORDS], table);
    const clock = createTensor(gpu, "preview clock", [64]);
    const x = createImages(gpu, "preview x", map, 1, batch);
    const { pixels } = examples.bank;
    const images = { pixels, slots, clock, batch, normalization, fb: augmentation?.fb };
    submit(gpu, await augment(gpu, map, images, x));
    const values = await downloadSheet(gpu, x); // one texel a pixel, as images have 3 channels

    return chosen.map((_, image) => {
      const rgba = new Uint8Array(height * width * 4).fill(255);
      for (let pixel = 0; pixel < height * width; pixel++) {
        const row = map.top + Math.floor(pixel / width), column = map.left + pixel % width;
        const from = ((image * map.height + row) * map.width + column) * 4;
        for (let c = 0; c < channels; c++) {
          const level = values[from + c] * normalization.std[c] + normalization.mean[c];
          rgba[4 * pixel + c] = Math.round(255 * Math.min(1, Math.max(0, level)));
        }
      }
      return { width, height, rgba };
    });
  });
}
