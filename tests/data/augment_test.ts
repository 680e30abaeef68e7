import {
  defaultAugmentation,
  drawTransform,
  drawTwoColours,
  farthestFromWhite,
} from "../../src/data/augment.ts";
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

Deno.test("defaultAugmentation shifts in proportion to the side, at 200 as the authors did", () => {
  assertEquals(defaultAugmentation(200), { rotate: 30, shift: 19, flip: true, fb: false });
  const shifts = [1, 41, 64, 100, 400].map((side) => defaultAugmentation(side).shift);
  assertEquals(shifts, [0, 4, 6, 10, 38]);
  const [usual, same] = [createRandom(9), createRandom(9)];
  for (let i = 0; i < 50; i++) {
    assertEquals(drawTransform(usual), drawTransform(same, defaultAugmentation(200)));
  }
});

Deno.test("drawTransform keeps to what is asked for, and to the same draws but for that", () => {
  const [random, other] = [createRandom(4), createRandom(4)];
  const draws = Array.from({ length: 300 }, () => ({
    small: drawTransform(random, { rotate: 5, shift: 19, flip: false, fb: false }),
    usual: drawTransform(other),
  }));
  for (const { small, usual } of draws) {
    assert(Math.abs(small.theta - usual.theta / 6) < 1e-9);
    assertEquals([small.tx, small.ty, small.flip], [usual.tx, usual.ty, false]);
  }
  const none = drawTransform(random, { rotate: 0, shift: 0, flip: false, fb: false });
  assertEquals({ ...none, theta: none.theta + 0 }, { theta: 0, tx: 0, ty: 0, flip: false });
});
