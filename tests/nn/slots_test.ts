import { encodeSlots, SLOT_WORDS } from "../../src/nn/slots.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";

Deno.test("encodeSlots writes image, label, flip and weight, and marks empty slots", () => {
  const slot = { image: 7, label: 3, weight: 0.25, theta: 0, tx: 0, ty: 0, flip: true };
  const floats = encodeSlots([slot, null], [4, 6]);
  const words = new Uint32Array(floats.buffer);
  assertEquals(floats.length, 2 * SLOT_WORDS);
  assertEquals([words[0], words[1], words[2], floats[3]], [7, 3, 1, 0.25]);
  assertEquals(words[SLOT_WORDS], 0xffffffff);
  assertEquals([...words.subarray(SLOT_WORDS + 1)], Array(SLOT_WORDS - 1).fill(0));
});

Deno.test("encodeSlots cuts each coefficient into a multiple of 2⁻¹² and a small remainder", () => {
  const slot = { image: 0, label: 0, weight: 1, theta: 17.3, tx: 5, ty: -8, flip: false };
  const floats = encodeSlots([slot], [40, 52]);
  const [cosine, sine] = [Math.cos(17.3 * Math.PI / 180), Math.sin(17.3 * Math.PI / 180)];
  const expected = [
    cosine,
    sine,
    cosine * 5 + sine * 8 + 20.5, // SPEC §2's centre is (H/2 + ½, W/2 + ½)
    sine * 5 - cosine * 8 + 26.5,
  ];
  expected.forEach((value, k) => {
    const [high, low] = floats.subarray(4 + 2 * k, 6 + 2 * k);
    assert(Number.isInteger(high * 4096) && Math.abs(low) <= 2 ** -13, `${high} + ${low}`);
    assertAlmostEquals(high + low, value, 1e-10);
  });
});
