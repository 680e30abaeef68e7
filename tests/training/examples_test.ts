import { createRandom } from "../../src/random.ts";
import {
  drawCopies,
  drawEpoch,
  type ImageBank,
  listExamples,
  uploadImages,
} from "../../src/training/examples.ts";
import { train } from "../../src/training/train.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "../helpers/assert.ts";
import { gpu, withLimits } from "../helpers/device.ts";
import { IN_TWO_COLOURS, SIDE, toyImages, toyOptions } from "../helpers/toy.ts";

const bank = uploadImages(gpu, toyImages(10));
const { network } = toyOptions;

Deno.test("listExamples takes all images, or those named", () => {
  assertEquals(listExamples({ bank }, network).map(({ image }) => image).length, 10);
  const chosen = listExamples({ bank, indices: [7, 2] }, network);
  assertEquals(chosen.map(({ image, label }) => [image, label]), [[7, 1], [2, 0]]);
});

Deno.test("listExamples refuses images that the network cannot take", () => {
  const wide = { ...network, input: [SIDE, SIDE + 1, 3] as const };
  assertThrows(() => listExamples({ bank }, wide), TypeError, "12×12 images");
  const one = { ...network, dense: [1] };
  assertThrows(() => listExamples({ bank }, one), RangeError, "label 1 is outside 0 … 0");
  assertThrows(() => listExamples({ bank, indices: [] }, network), RangeError, "no images");
  assertThrows(() => listExamples({ bank, indices: [10] }, network), RangeError, "image 10");
});

Deno.test("drawEpoch visits every image once, in fresh order, and fills up the last batch", () => {
  const examples = listExamples({ bank }, network);
  const random = createRandom(5);
  const [first, second] = [drawEpoch(examples, random, 4), drawEpoch(examples, random, 4)];
  for (const epoch of [first, second]) {
    assertEquals(epoch.length, 12);
    assertEquals(epoch.slice(10), [null, null]);
    const visited = epoch.slice(0, 10).map((slot) => slot!.image);
    assertEquals(visited.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert(epoch.every((slot) => slot === null || slot.label === slot.image % 2));
    assertEquals([epoch[7]!.weight, epoch[8]!.weight], [1 / 4, 1 / 2]);
  }
  assertNotEquals(first.map((slot) => slot?.image), second.map((slot) => slot?.image));
  assertNotEquals(first[0]!.theta, second[0]!.theta);
});

Deno.test("drawCopies repeats the images with transforms of their own", () => {
  const copies = drawCopies(listExamples({ bank }, network), createRandom(1), 3);
  assertEquals(copies.map(({ image }) => image), Array.from({ length: 30 }, (_, i) => i % 10));
  assertEquals(new Set(copies.map(({ theta }) => theta)).size, 30);
});

/** The same GPU, with textures that hold no more than four of the images. */
const narrow = () => withLimits({ maxTextureDimension2D: 2 * SIDE });

Deno.test("uploadImages takes as many sheets as the textures ask for", () => {
  const { pixels } = uploadImages(narrow(), toyImages(10));
  assertEquals(pixels.map(({ shape }) => shape[0]), [4, 4, 2]);
  assertEquals(bank.pixels.length, 1);
});

Deno.test("uploadImages on several sheets trains as on one", async () => {
  const several = uploadImages(narrow(), toyImages(10));
  const trainOn = (bank: ImageBank) =>
    train(gpu, { ...toyOptions, train: { bank }, valid: { bank } });
  assertEquals(await trainOn(several), await trainOn(bank));
});

Deno.test("uploadImages knows how far each image's farthest pixel is from white", () => {
  const images = toyImages(3), size = 4 * SIDE * SIDE;
  images.pixels.fill(255, size, 2 * size); // the second one is white
  images.pixels[size + 5] = 253;
  assertEquals([...uploadImages(gpu, images).farthest!], [215, 2, 215]);
});

Deno.test("drawEpoch and drawCopies draw two colours after each transform, where they are asked to", () => {
  const examples = listExamples({ bank }, network).slice(0, 2);
  const draw = (fb: boolean) => drawCopies(examples, createRandom(6), 1, { ...IN_TWO_COLOURS, fb });
  const [plain, [first, second]] = [draw(false), draw(true)];
  assertEquals(plain[0].foreground, undefined);
  const { foreground, background, ...rest } = first;
  assertEquals(rest, plain[0]);
  assertEquals([foreground?.length, background?.length, first.farthest], [3, 3, 215]);
  assertNotEquals(second.foreground, foreground);
  assertNotEquals(second.theta, plain[1].theta); // the stream is further on
  const epoch = (fb: boolean) => drawEpoch(examples, createRandom(6), 2, { ...IN_TWO_COLOURS, fb });
  assertEquals(epoch(true).every((slot) => slot?.foreground && slot.background), true);
  assertEquals(epoch(false).some((slot) => slot?.foreground), false);
});
