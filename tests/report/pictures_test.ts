import UPNG from "upng-js";
import { drawKernels, drawMatrix, sideBySide } from "../../src/report/pictures.ts";
import { encodePng, type Image } from "../../src/report/png.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const at = (
  image: Image,
  x: number,
  y: number,
) => [...image.rgba.subarray((y * image.width + x) * 4, (y * image.width + x) * 4 + 4)];
const WHITE = [255, 255, 255, 255];

Deno.test("drawKernels draws −scale black, 0 grey, +scale and more white", () => {
  const kernels = { shape: [1, 2, 2], data: [-2, 0, 2, 9] };
  const image = drawKernels(kernels, { scale: 2, zoom: 3 });
  assertEquals([image.width, image.height], [6, 6]);
  assertEquals(at(image, 0, 0), [0, 0, 0, 255]);
  assertEquals(at(image, 2, 2), [0, 0, 0, 255]);
  assertEquals(at(image, 3, 2), [128, 128, 128, 255]);
  assertEquals(at(image, 0, 3), WHITE);
  assertEquals(at(image, 5, 5), WHITE);
});

Deno.test("drawKernels fills its rows from the left, white between kernels", () => {
  const kernels = { shape: [3, 1, 1], data: [-1, -1, -1] };
  const image = drawKernels(kernels, { scale: 1, zoom: 2, columns: 2 });
  assertEquals([image.width, image.height], [5, 5]);
  assertEquals(at(image, 4, 1)[0], 0);
  assertEquals(at(image, 2, 0), WHITE);
  assertEquals(at(image, 0, 2), WHITE);
  assertEquals(at(image, 1, 4)[0], 0);
  assertEquals(at(image, 4, 4), WHITE);
});

Deno.test("drawKernels puts the channels of a kernel side by side, one pixel apart", () => {
  // (N, K, K, C) = (2, 1, 1, 2)
  const kernels = { shape: [2, 1, 1, 2], data: [-1, 0, 0, -1] };
  const image = drawKernels(kernels, { scale: 1, zoom: 4 });
  const row = Array.from({ length: image.width }, (_, x) => at(image, x, 0)[0]);
  const pixels = (value: number, count: number) => Array(count).fill(value);
  assertEquals(row, [
    ...[...pixels(0, 4), 255, ...pixels(128, 4)],
    ...pixels(255, 4),
    ...[...pixels(128, 4), 255, ...pixels(0, 4)],
  ]);
});

Deno.test("drawMatrix draws negative blue, positive red, 0 nearly white, alike on both sides", () => {
  const image = drawMatrix({ shape: [1, 3], data: [-1, 0, 0.5] }, { zoom: 5 });
  const [negative, zero, positive] = [0, 1, 2].map((i) => at(image, 12 + 1 + 5 * i + 2, 12 + 3));
  assertEquals(negative, [5, 48, 97, 255]);
  assertEquals(zero, [247, 247, 247, 255]);
  assert(positive[0] > positive[2], `${positive} is red`);
});

Deno.test("drawMatrix has a colour bar from +scale at its top to −scale at its bottom", () => {
  const image = drawMatrix({ shape: [2, 2], data: [0, 0, 0, 0] }, { zoom: 50 });
  const barX = 12 + 102 + 12 + 8;
  assertEquals(at(image, barX, 13), [103, 0, 31, 255]);
  assertEquals(at(image, barX, 12 + 100), [5, 48, 97, 255]);
});

Deno.test("sideBySide pastes images from the left, the gap around each", () => {
  const black = (width: number, height: number): Image => ({
    width,
    height,
    rgba: new Uint8Array(width * height * 4).map((_, i) => i % 4 === 3 ? 255 : 0),
  });
  const image = sideBySide([black(2, 3), black(1, 1)], 2);
  assertEquals([image.width, image.height], [9, 7]);
  const row = (y: number) =>
    Array.from({ length: 9 }, (_, x) => at(image, x, y)[0] === 0 ? "#" : ".");
  assertEquals(row(1).join(""), ".........");
  assertEquals(row(2).join(""), "..##..#..");
  assertEquals(row(4).join(""), "..##.....");
});

Deno.test("encodePng keeps every pixel, and equal images give equal bytes", () => {
  const rgba = Uint8Array.from({ length: 7 * 5 * 4 }, (_, i) => i % 4 === 3 ? 255 : i * 37 % 256);
  const whole = new Uint8Array([9, 9, 9, 9, ...rgba]);
  const image: Image = { width: 7, height: 5, rgba: whole.subarray(4) };
  const png = encodePng(image);
  assertEquals(encodePng({ ...image, rgba }), png);
  const decoded = UPNG.decode(png.buffer);
  assertEquals([decoded.width, decoded.height], [7, 5]);
  assertEquals(new Uint8Array(UPNG.toRGBA8(decoded)[0]), rgba);
});

Deno.test("encodePng refuses pixels that do not fill the image", () => {
  const image = { width: 2, height: 2, rgba: new Uint8Array(12) };
  assertThrows(() => encodePng(image), TypeError, "Cannot encode a 2×2 image: it has 12 values");
});
