import { drawTransform, drawTwoColours, farthestFromWhite } from "../../src/data/augment.ts";
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

Deno.test("drawTwoColours draws each channel of both colours evenly and on its own", () => {
  const random = createRandom(4);
  const draws = Array.from({ length: 4000 }, () => {
    const { foreground, background } = drawTwoColours(random);
    return [...foreground, ...background];
  });
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  for (let c = 0; c < 6; c++) {
    const channel = draws.map((draw) => draw[c]);
    assert(channel.every((value) => Number.isInteger(value) && value >= 0 && value <= 255));
    const center = mean(channel), spread = Math.sqrt(mean(channel.map((v) => (v - center) ** 2)));
    assert(
      Math.abs(center - 127.5) < 4 && Math.abs(spread - 255 / Math.sqrt(12)) < 2,
      `${center}, ${spread}`,
    );
    for (let other = 0; other < c; other++) {
      const together = mean(draws.map((draw) => (draw[c] - 127.5) * (draw[other] - 127.5)));
      assert(Math.abs(together) < 0.06 * spread ** 2, `channels ${c} and ${other}: ${together}`);
    }
  }
});

Deno.test("farthestFromWhite is the most by which a channel falls short, alpha left out", () => {
  const white = [255, 255, 255, 0];
  assertEquals(farthestFromWhite(Uint8Array.from([...white, ...white])), 0);
  assertEquals(
    farthestFromWhite(Uint8Array.from([...white, 255, 201, 255, 7, 230, 255, 255, 0])),
    54,
  );
  assertEquals(farthestFromWhite(Uint8Array.from([255, 255, 0, 255, ...white])), 255);
});
