import { pickPixels, sourceIndices } from "../../src/data/resize.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("sourceIndices takes the pixels that Pillow 9.4 takes", () => {
  // Recorded from Image.resize(NEAREST) on a ramp.
  assertEquals(sourceIndices(7, 4), [0, 2, 4, 6]);
  assertEquals(sourceIndices(3, 8), [0, 0, 0, 1, 1, 2, 2, 2]);
  // Centres on the border of two pixels, where the rounding of Pillow's running sum decides.
  assertEquals(sourceIndices(16, 200).slice(10, 15), [0, 0, 0, 1, 1]);
  assertEquals(sourceIndices(80, 200).slice(50, 60), [20, 20, 20, 21, 21, 22, 22, 22, 23, 23]);
});

Deno.test("sourceIndices names every pixel where the size stays", () => {
  for (const size of [1, 3, 200, 4032]) {
    assertEquals(sourceIndices(size, size), Array.from({ length: size }, (_, i) => i));
  }
});

Deno.test("pickPixels moves whole pixels", () => {
  const pixels = Uint8Array.from({ length: 2 * 3 * 4 }, (_, i) => i);
  const picked = pickPixels(pixels, 3, sourceIndices(2, 1), sourceIndices(3, 6));
  const row = [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23];
  const [a, b, c] = [row.slice(0, 4), row.slice(4, 8), row.slice(8)];
  assertEquals([...picked], [a, a, b, b, c, c].flat());
  assertEquals(pickPixels(pixels, 3, [0, 1], [0, 1, 2]), pixels);
});
