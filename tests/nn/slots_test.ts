import { encodeSlots, fractionBits, SLOT_WORDS } from "../../src/nn/slots.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../helpers/assert.ts";

Deno.test("encodeSlots writes image, label, flip and weight, and marks empty slots", () => {
  const slot = { image: 7, label: 3, weight: 0.25, theta: 0, tx: 0, ty: 0, flip: true };
  const floats = encodeSlots([slot, null], [4, 6]);
  const words = new Uint32Array(floats.buffer);
  assertEquals(floats.length, 2 * SLOT_WORDS);
  assertEquals([words[0], words[1], words[2], floats[3]], [7, 3, 1, 0.25]);
  assertEquals(words[SLOT_WORDS], 0xffffffff);
  assertEquals([...words.subarray(SLOT_WORDS + 1)], Array(SLOT_WORDS - 1).fill(0));
});

Deno.test("encodeSlots packs two colours, with how far the image is from white", () => {
  const slot = { image: 0, label: 0, weight: 1, theta: 0, tx: 0, ty: 0, flip: false };
  const colours = { foreground: [1, 2, 255], background: [4, 0, 6], farthest: 200 };
  const words = new Uint32Array(encodeSlots([{ ...slot, ...colours }, slot], [4, 6]).buffer);
  assertEquals([...words.subarray(12, 14)], [0xc8ff0201, 0x00060004]);
  assertEquals([...words.subarray(SLOT_WORDS + 12)], [0, 0]);
});

Deno.test("encodeSlots cuts each coefficient into a multiple of 2⁻¹² or 2⁻¹³ and a small remainder", () => {
  const slot = { image: 0, label: 0, weight: 1, theta: 17.3, tx: 5, ty: -8, flip: false };
  const words = new Int32Array(encodeSlots([slot], [40, 52]).buffer),
    fraction = fractionBits(40, 52);
  const [cosine, sine] = [Math.cos(17.3 * Math.PI / 180), Math.sin(17.3 * Math.PI / 180)];
  const expected = [
    cosine,
    sine,
    cosine * 5 + sine * 8 + 20.5, // SPEC §2's centre is (H/2 + ½, W/2 + ½)
    sine * 5 - cosine * 8 + 26.5,
  ];
  expected.forEach((value, k) => {
    const [high, low] = words.subarray(4 + 2 * k, 6 + 2 * k), bits = k < 2 ? 12 : 13;
    const rest = low / 2 ** (fraction + bits - 5);
    assert(Math.abs(rest) <= 2 ** -bits / 2, `${high}, ${low}`);
    assertAlmostEquals(high / 2 ** bits + rest, value, 2 ** -(fraction + bits - 5));
  });
});

Deno.test("fractionBits leaves room for every point that a warp can reach, and refuses images without", () => {
  assertEquals(fractionBits(200, 200), 21);
  for (const side of [1, 41, 200, 4096, 60_000]) {
    const farthest = side / 2 * Math.SQRT2 + Math.SQRT2 * side + side / 2 + 1; // rotated, shifted by a side
    assert(farthest * 2 ** fractionBits(side, side) < 2 ** 31, `${side}`);
  }
  assertThrows(() => fractionBits(2 ** 17, 8), RangeError, "too large");
});
