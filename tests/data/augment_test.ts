import { drawTransform } from "../../src/data/augment.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertEquals } from "../helpers/assert.ts";

Deno.test("drawTransform draws from the ranges of SPEC §2", () => {
  const random = createRandom(3);
  const draws = Array.from({ length: 4000 }, () => drawTransform(random));
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;

  const angles = draws.map(({ theta }) => theta);
  assert(angles.every((theta) => Math.abs(theta) <= 30));
  assert(Math.max(...angles) > 29.5 && Math.min(...angles) < -29.5);
  assert(Math.abs(mean(angles)) < 1, `mean angle ${mean(angles)}`);

  for (const shifts of [draws.map(({ tx }) => tx), draws.map(({ ty }) => ty)]) {
    // 39 values: every integer in −19 … 19; no −0, which JSON and assertEquals tell from 0.
    assertEquals([...new Set(shifts)].sort((a, b) => a - b), [...Array(39)].map((_, i) => i - 19));
    assert(!shifts.some((shift) => Object.is(shift, -0)));
    // Zero has both signs' share: 1/20, the others 1/40 each.
    assert(Math.abs(mean(shifts.map((shift) => Number(shift === 0))) - 0.05) < 0.015);
    assert(Math.abs(mean(shifts)) < 0.8);
  }
  assert(Math.abs(mean(draws.map(({ flip }) => Number(flip))) - 0.5) < 0.04);
  assert(draws.some(({ tx, ty }) => tx !== ty), "rows and columns are drawn separately");
});

Deno.test("drawTransform gives equal draws for equal seeds", () => {
  assertEquals(drawTransform(createRandom(9)), drawTransform(createRandom(9)));
});
