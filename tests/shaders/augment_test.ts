import { submit } from "../../src/gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { createTensor } from "../../src/gpu/tensor.ts";
import { augment } from "../../src/nn/augment.ts";
import { encodeSlots, type Slot, SLOT_WORDS } from "../../src/nn/slots.ts";
import { assertRelative } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

/** One grey 2×3 image, 10 … 60, after a transform, in grey levels of its own or, with fb, of two colours. */
async function warp(
  transform: Partial<Slot>,
  { grey = [10, 20, 30, 40, 50, 60], fb = false } = {},
): Promise<Float32Array> {
  const slot = { image: 0, label: 0, weight: 1, theta: 0, tx: 0, ty: 0, flip: false, ...transform };
  const bytes = Uint8Array.from(grey.flatMap((g) => fb ? [255, g, 255, 0] : [g, 0, 0, 255]));
  const pixels = createSheet(gpu, "pixels", [1, 2, 3], "r32uint");
  uploadSheet(gpu, pixels, bytes);
  const images = {
    pixels: [pixels],
    slots: createTensor(gpu, "slots", [1, 1, SLOT_WORDS], encodeSlots([slot], [2, 3])),
    clock: createTensor(gpu, "clock", [64]),
    batch: 1,
    fb,
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

Deno.test("augment shows an image between its slot's two colours, by how far it is from white", async () => {
  const [foreground, background] = [[200, 1, 2], [40, 3, 4]];
  const pale = { grey: [255, 250, 245, 240, 235, 215], fb: true }; // shares 0, 1/8, 2/8, 3/8, 4/8, 1
  const slot = { foreground, background, farthest: 40 };
  assertRelative(await warp(slot, pale), [40, 60, 80, 100, 120, 200], 1e-6);
  assertRelative(await warp({ ...slot, flip: true }, pale), [80, 60, 40, 200, 120, 100], 1e-6);
  assertRelative(await warp({ foreground, background }, pale), [
    40,
    43.137255,
    46.27451,
    49.411765,
    52.54902,
    65.09804,
  ], 1e-6);
  const white = { grey: Array(6).fill(255), fb: true };
  assertRelative(await warp({ ...slot, farthest: 0 }, white), Array(6).fill(40), 1e-6);
});
