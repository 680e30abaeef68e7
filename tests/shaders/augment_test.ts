import { submit } from "../../src/gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { createTensor } from "../../src/gpu/tensor.ts";
import { augment } from "../../src/nn/augment.ts";
import { encodeSlots, type Slot, SLOT_WORDS } from "../../src/nn/slots.ts";
import { assertRelative } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { assertTwin } from "../helpers/twin.ts";

Deno.test("augment rotates, shifts, flips and z-scores", () => assertTwin("augment"));

/** One grey 2×3 image, 10 … 60, after a transform, in its own grey levels. */
async function warp(transform: Partial<Slot>): Promise<Float32Array> {
  const grey = [10, 20, 30, 40, 50, 60];
  const slot = { image: 0, label: 0, weight: 1, theta: 0, tx: 0, ty: 0, flip: false, ...transform };
  const bytes = Uint8Array.from(grey.flatMap((g) => [g, 0, 0, 255]));
  const pixels = createSheet(gpu, "pixels", [1, 2, 3], "r32uint");
  uploadSheet(gpu, pixels, bytes);
  const images = {
    pixels: [pixels],
    slots: createTensor(gpu, "slots", [1, 1, SLOT_WORDS], encodeSlots([slot], [2, 3])),
    clock: createTensor(gpu, "clock", [64]),
    batch: 1,
    normalization: { mean: [0.1, 0, 0], std: [0.5, 1, 1] },
  };
  const warped = createSheet(gpu, "x", [1, 1, 2, 3]);
  const map = { height: 2, width: 3, channels: 1, top: 0, left: 0 };
  submit(gpu, await augment(gpu, map, images, warped));
  const x = (await downloadSheet(gpu, warped)).filter((_, i) => i % 4 === 0);
  return x.map((value) => (value * 0.5 + 0.1) * 255);
}

Deno.test("augment by nothing is the z-score", async () => {
  assertRelative(await warp({}), [10, 20, 30, 40, 50, 60], 1e-6);
});

Deno.test("augment shifts by whole pixels and repeats the edge", async () => {
  assertRelative(await warp({ ty: 1 }), [20, 30, 30, 50, 60, 60], 1e-6);
  assertRelative(await warp({ tx: -1 }), [10, 20, 30, 10, 20, 30], 1e-6);
});

Deno.test("augment flips after the warp", async () => {
  assertRelative(await warp({ ty: 1, flip: true }), [30, 30, 20, 60, 60, 50], 1e-6);
});
