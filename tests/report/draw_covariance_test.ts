import { drawCovariance, drawMatrix } from "../../src/report/draw_covariance.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { checkSvg, imagesOf, pixel, textsOf } from "../helpers/check_svg.ts";

Deno.test("drawMatrix draws negative blue, positive red, 0 nearly white", () => {
  const matrix = { shape: [1, 3] as [number, number], data: Float64Array.of(-1, 0, 0.5) };
  const image = drawMatrix(matrix, { scale: 1, zoom: 5 });
  assertEquals([image.width, image.height], [15, 5]);
  const [negative, zero, positive] = [0, 1, 2].map((i) => pixel(image, 5 * i + 2, 3));
  assertEquals(negative, [5, 48, 97, 255]);
  assertEquals(zero, [247, 247, 247, 255]);
  assert(positive[0] > positive[2], `${positive} is red`);
});

Deno.test("drawCovariance draws both matrices on one scale, with a bar of it", async () => {
  const shape: [number, number] = [8, 8]; // [2, 2, 2]
  const diagonal = (value: number) => ({
    shape,
    data: Float64Array.from({ length: 64 }, (_, i) => i % 9 === 0 ? value : 0),
  });
  const correlated = diagonal(0.0137);
  correlated.data[7] = -0.02;
  const picture = { correlated, independent: diagonal(0.02), shape: [2, 2, 2] };
  const svg = await drawCovariance(picture, "conv1");
  checkSvg(svg);
  const [left, right, bar] = imagesOf(svg);
  const zoom = left.width / 8;
  assertEquals(pixel(right, 0, 0), [103, 0, 31, 255]); // the end of the scale
  assert(pixel(left, 0, 0)[0] > 103, "0.0137 is lighter than 0.02");
  assertEquals(pixel(left, 7 * zoom + 1, 1), [5, 48, 97, 255]); // row 0, column 7
  assertEquals(pixel(bar, 0, 0), [103, 0, 31, 255]);
  assertEquals(pixel(bar, 0, bar.height - 1), [5, 48, 97, 255]);
  const texts = textsOf(svg);
  for (const tick of ["0.02", "0.01", "−0.01", "−0.02"]) assert(texts.includes(tick), tick);
  // A row of the kernel has 4 weights; each axis of both matrices says where one begins.
  for (const tick of ["4", "8"]) assertEquals(texts.filter((text) => text === tick).length, 4);
  assert(texts.includes("weight, counted by (row, column, channel)"));
});

Deno.test("drawCovariance draws single channels and a covariance of zeros", async () => {
  const zeros = { shape: [4, 4] as [number, number], data: new Float64Array(16) };
  const svg = await drawCovariance({ correlated: zeros, independent: zeros, shape: [2, 2] });
  checkSvg(svg);
  assert(textsOf(svg).includes("weight, counted by (row, column)"));
  assertEquals(pixel(imagesOf(svg)[0], 0, 0), [247, 247, 247, 255]);
});
