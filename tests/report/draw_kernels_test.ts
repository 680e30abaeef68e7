import { drawKernelPanels, drawKernels } from "../../src/report/draw_kernels.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { checkSvg, imagesOf, pixel, textsOf } from "../helpers/check_svg.ts";

const WHITE = [255, 255, 255, 255];

Deno.test("drawKernels draws −scale black, 0 grey, +scale and more white", () => {
  const kernels = { shape: [1, 2, 2], data: [-2, 0, 2, 9] };
  const image = drawKernels(kernels, { scale: 2, columns: 1, zoom: 3 });
  assertEquals([image.width, image.height], [6, 6]);
  assertEquals(pixel(image, 0, 0), [0, 0, 0, 255]);
  assertEquals(pixel(image, 2, 2), [0, 0, 0, 255]);
  assertEquals(pixel(image, 3, 2), [128, 128, 128, 255]);
  assertEquals(pixel(image, 0, 3), WHITE);
  assertEquals(pixel(image, 5, 5), WHITE);
});

Deno.test("drawKernels fills its rows from the left, white between kernels", () => {
  const kernels = { shape: [3, 1, 1], data: [-1, -1, -1] };
  const image = drawKernels(kernels, { scale: 1, zoom: 2, columns: 2 });
  assertEquals([image.width, image.height], [5, 5]);
  assertEquals(pixel(image, 4, 1)[0], 0);
  assertEquals(pixel(image, 2, 0), WHITE);
  assertEquals(pixel(image, 0, 2), WHITE);
  assertEquals(pixel(image, 1, 4)[0], 0);
  assertEquals(pixel(image, 4, 4), WHITE);
});

Deno.test("drawKernels puts the channels of a kernel side by side, one pixel apart", () => {
  // (N, K, K, C) = (2, 1, 1, 2)
  const kernels = { shape: [2, 1, 1, 2], data: [-1, 0, 0, -1] };
  const image = drawKernels(kernels, { scale: 1, columns: 2, zoom: 4 });
  const row = Array.from({ length: image.width }, (_, x) => pixel(image, x, 0)[0]);
  const pixels = (value: number, count: number) => Array(count).fill(value);
  assertEquals(row, [
    ...[...pixels(0, 4), 255, ...pixels(128, 4)],
    ...pixels(255, 4),
    ...[...pixels(128, 4), 255, ...pixels(0, 4)],
  ]);
});

Deno.test("drawKernelPanels shows the three kinds in one scale of grey, with a bar of it", async () => {
  const kernel = (value: number) => ({ shape: [1, 1, 1, 2], data: [value, 0] });
  const svg = await drawKernelPanels({
    learned: kernel(0.3),
    correlated: kernel(0.15),
    independent: kernel(-0.3),
    scale: 0.3,
    columns: 2,
  }, "conv1 <b>");
  checkSvg(svg);
  const [learned, correlated, independent, bar] = imagesOf(svg).map((image) =>
    pixel(image, 0, 0)[0]
  );
  assertEquals([learned, correlated, independent, bar], [255, 191, 0, 255]);
  const texts = textsOf(svg);
  assertEquals(texts.slice(0, 3), [
    "conv1 <b>",
    "The 2 channels of a kernel lie side by side.",
    "learned",
  ]);
  for (const text of ["0.3", "−0.3", "weight", "drawn from the independent Gaussian"]) {
    assert(texts.includes(text), text);
  }
});
