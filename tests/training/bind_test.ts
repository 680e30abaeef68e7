import type { Augmentation } from "../../src/data/augment.ts";
import { download } from "../../src/gpu/tensor.ts";
import { AS_IT_IS, encodeSlots, SLOT_WORDS } from "../../src/nn/slots.ts";
import { bindTraining } from "../../src/training/bind.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { SIDE, toyImages, toyOptions } from "../helpers/toy.ts";

/** The flips, angles and offsets of an epoch: rows of 9 words. */
async function drawSlots(augmentation?: Augmentation) {
  const bank = uploadImages(gpu, toyImages(12));
  const sets = { train: { bank }, valid: { bank } };
  const { shuffle, images } = await bindTraining(gpu, { ...toyOptions, ...sets, augmentation });
  shuffle();
  const [table] = await download(gpu, [images.slots]);
  return rows(table);
}

function rows(table: Float32Array): number[][] {
  const words = new Int32Array(table.buffer);
  return Array.from({ length: words.length / SLOT_WORDS }, (_, i) => {
    const at = i * SLOT_WORDS;
    return [words[at + 2], ...words.subarray(at + 4, at + SLOT_WORDS)];
  });
}

Deno.test("bindTraining transforms images as far as it is told, by default as their side is", async () => {
  const slot = { image: 0, label: 0, weight: 1, ...AS_IT_IS };
  const [still] = rows(encodeSlots([slot], [SIDE, SIDE]));
  const none = await drawSlots({ rotate: 0, shift: 0, flip: false, fb: false });
  for (const row of none) assertEquals(row, still);
  const usual = await drawSlots();
  // Offsets in 2⁻¹³ pixels; at a side of 12 the shift is at most 1, of rows and of columns.
  const far = usual.flatMap((row) => [5, 7].map((k) => Math.abs(row[k] - still[k]) / 2 ** 13));
  assert(Math.max(...far) > 0.5 && Math.max(...far) < 1.5, `${far}`);
  assertEquals(new Set(usual.map(([flip]) => flip)), new Set([0, 1]));
});
