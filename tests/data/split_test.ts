import { stratifiedSplit, subset } from "../../src/data/split.ts";
import type { ImageSet } from "../../src/data/folder.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../helpers/assert.ts";

const labels = [...Array(20).fill(0), ...Array(7).fill(1), ...Array(2).fill(2), 3];

Deno.test("stratifiedSplit gives each class its part, and every image to one side", () => {
  const { train, valid } = stratifiedSplit(labels, 0.2, 7);
  const count = (part: number[], label: number) => part.filter((i) => labels[i] === label).length;
  assertEquals([0, 1, 2, 3].map((label) => count(valid, label)), [4, 1, 1, 0]);
  assertEquals([0, 1, 2, 3].map((label) => count(train, label)), [16, 6, 1, 1]);
  assertEquals([...train, ...valid].sort((a, b) => a - b), labels.map((_, i) => i));
  assertEquals(stratifiedSplit(labels, 0.9, 7).train.filter((i) => labels[i] === 2).length, 1);
});

Deno.test("stratifiedSplit depends on the seed alone", () => {
  assertEquals(stratifiedSplit(labels, 0.2, 7), stratifiedSplit(labels, 0.2, 7));
  assertNotEquals(stratifiedSplit(labels, 0.2, 7), stratifiedSplit(labels, 0.2, 8));
});

Deno.test("stratifiedSplit refuses a fraction that leaves a side empty", () => {
  for (const fraction of [0, 1, NaN]) {
    assertThrows(() => stratifiedSplit(labels, fraction, 1), RangeError, String(fraction));
  }
});

Deno.test("subset copies images in the order asked for", () => {
  const images: ImageSet = {
    classes: ["a", "b"],
    names: ["a/0", "a/1", "b/2"],
    labels: Int32Array.of(0, 0, 1),
    height: 1,
    width: 2,
    pixels: Uint8Array.from({ length: 24 }, (_, i) => i),
  };
  const part = subset(images, [2, 0]);
  assertEquals(part.names, ["b/2", "a/0"]);
  assertEquals([...part.labels], [1, 0]);
  assertEquals([...part.pixels], [16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7]);
  assert(part.pixels.buffer !== images.pixels.buffer);
  assertThrows(() => subset(images, [3]), RangeError, "image 3");
});
