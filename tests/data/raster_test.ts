import { box, cut, ellipse, map, polygon } from "../../src/data/outline.ts";
import { rasterize } from "../../src/data/raster.ts";
import { assertAlmostEquals, assertEquals } from "../helpers/assert.ts";

const area = (coverage: Float32Array) => coverage.reduce((sum, value) => sum + value, 0);

Deno.test("rasterize covers the pixels inside, and border pixels in part", () => {
  const coverage = rasterize([box(1, 0, 2.5, 2)], 4);
  assertEquals([...coverage], [0, 1, 0.5, 0, 0, 1, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("rasterize gives a disc its area, whichever way its outline runs", () => {
  const disc = ellipse(50, 50, 40);
  assertAlmostEquals(area(rasterize([disc], 100)), Math.PI * 1600, 8);
  const reversed = { outline: disc.outline.toReversed() };
  assertEquals(rasterize([reversed], 100), rasterize([disc], 100));
});

Deno.test("rasterize unites parts, and cuts only what came before", () => {
  const [left, right, middle] = [box(0, 0, 6, 4), box(4, 0, 10, 4), cut(box(3, 0, 7, 4))];
  assertEquals(area(rasterize([left, right], 10)), 40);
  assertEquals(area(rasterize([left, middle, right], 10)), 12 + 24);
});

Deno.test("rasterize fills where an outline winds twice", () => {
  const star = polygon(
    ...[0, 2, 4, 1, 3].map((i): [number, number] => [
      50 + 40 * Math.sin(2 * Math.PI * i / 5),
      50 - 40 * Math.cos(2 * Math.PI * i / 5),
    ]),
  );
  assertEquals(rasterize([star], 100)[50 * 100 + 50], 1);
});

Deno.test("rasterize keeps to the picture", () => {
  assertEquals(area(rasterize(map([ellipse(0, 0, 90)], ([x, y]) => [x + 5, y + 5]), 10)), 100);
});
