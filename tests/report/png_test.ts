import { encodePng, type Image } from "../../src/report/png.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import { decodePng } from "../helpers/check_svg.ts";

Deno.test("encodePng keeps every pixel, and equal images give equal bytes", () => {
  const rgba = Uint8Array.from({ length: 7 * 5 * 4 }, (_, i) => i % 4 === 3 ? 255 : i * 37 % 256);
  const whole = new Uint8Array([9, 9, 9, 9, ...rgba]);
  const image: Image = { width: 7, height: 5, rgba: whole.subarray(4) };
  const png = encodePng(image);
  assertEquals(encodePng({ ...image, rgba }), png);
  assertEquals(decodePng(png), { ...image, rgba });
});

Deno.test("encodePng refuses pixels that do not fill the image", () => {
  const image = { width: 2, height: 2, rgba: new Uint8Array(12) };
  assertThrows(() => encodePng(image), TypeError, "Cannot encode a 2×2 image: it has 12 values");
});
