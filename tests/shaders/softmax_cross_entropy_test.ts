import { submit } from "../../src/gpu/shader.ts";
import { createSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { fill } from "../../src/doctor/stored.ts";
import { encodeSlots, SLOT_WORDS } from "../../src/nn/slots.ts";
import { softmaxCrossEntropy } from "../../src/nn/softmax_cross_entropy.ts";
import { arrayOf } from "../../src/reference/array.ts";
import { softmaxCrossEntropy as twin } from "../../src/reference/softmax_cross_entropy.ts";
import { assertEquals, assertRelative } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

/** Losses (BATCH, 4) and dlogits (BATCH, 2) of images of label 0 and weight ½; class 0 weighs 3. */
async function losses(logits: number[], filled: number) {
  const batch = logits.length / 2;
  const slot = { image: 0, label: 0, weight: 0.5, theta: 0, tx: 0, ty: 0, flip: false };
  const slots = Array.from({ length: batch }, (_, b) => b < filled ? slot : null);
  const tensors = {
    logits: createSheet(gpu, "logits", [1, batch, 1, 1]),
    slots: createTensor(gpu, "slots", [1, batch, SLOT_WORDS], encodeSlots(slots, [1, 1])),
    classWeights: createTensor(gpu, "class weights", [2], Float32Array.of(3, 1)),
    clock: createTensor(gpu, "clock", [64]),
    losses: createTensor(gpu, "losses", [1, batch, 4], new Float32Array(batch * 4).fill(NaN)),
    dlogits: createTensor(gpu, "dlogits", [1, batch, 4], new Float32Array(batch * 4).fill(NaN)),
  };
  uploadSheet(gpu, tensors.logits, fill(logits, 2, 4));
  submit(gpu, [await softmaxCrossEntropy(gpu, tensors)]);
  const [values, gradients] = await download(gpu, [tensors.losses, tensors.dlogits]);
  return [values, gradients.filter((_, i) => i % 4 < 2)];
}

Deno.test("softmax_cross_entropy of equal logits is log 2, and an empty slot costs nothing", async () => {
  const [values, gradients] = await losses([1, 1, 5, 9], 1);
  assertRelative(values, [3 * Math.LN2, Math.LN2, 1, 0, 0, 0, 0, 0], 1e-6, "losses");
  assertRelative(gradients, [0.5 * 3 * -0.5, 0.5 * 3 * 0.5, 0, 0], 1e-6, "dlogits");
});

Deno.test("softmax_cross_entropy keeps its digits far from and near 0, and never overflows", async () => {
  const [values] = await losses([0, -12, 0, 12, 200, -200, -200, 200, 0, -1.25], 5);
  const ce = (difference: number) =>
    difference > 30 ? difference : Math.log1p(Math.exp(difference));
  assertRelative([values[1]], [ce(-12)], 1e-5, "well learned");
  assertRelative([values[5]], [ce(12)], 1e-6, "badly learned");
  assertEquals([values[9], values[13]], [0, 400]);
  assertRelative([values[17]], [ce(-1.25)], 1e-6, "where the series ends");
});

Deno.test("softmax_cross_entropy's twin never overflows either", () => {
  const slot = { image: 0, label: 0, weight: 0.5, theta: 0, tx: 0, ty: 0, flip: false };
  const { losses, dlogits } = twin(arrayOf([1, 2], [1000, 2000]), [slot], [1, 1]);
  assertEquals([...losses.data, ...dlogits.data], [1000, 1000, 0, 0, -0.5, 0.5]);
});
