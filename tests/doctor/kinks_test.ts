import { shareOf } from "../../src/doctor/conv_layer.ts";
import { convSums, denseSums, shortfall } from "../../src/doctor/kinks.ts";
import { createRandom } from "../../src/random.ts";
import { arrayOf } from "../../src/reference/array.ts";
import { DEAD } from "../../src/reference/conv_pool.ts";
import { assert, assertAlmostEquals, assertEquals } from "../helpers/assert.ts";
import { createMachine, FUSED, PLAIN } from "../helpers/float32.ts";
import { drawPool } from "../helpers/hard_cases.ts";

const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];

Deno.test("shortfall measures what a chosen value lacks by what rounding explains", () => {
  const one = (value: number, place: number) => {
    const sums = { z: arrayOf([1, 1, 1, 1], [value]), slack: arrayOf([1, 1, 1, 1], [0.25]) };
    return shortfall({ pool: 1, poolStride: 1 }, sums, arrayOf([1, 1, 1, 1], [place]));
  };
  assertEquals([one(3, 0), one(3, DEAD), one(-1, DEAD)], [0, 12, 0]);
  assertEquals([one(-0.125, 0), one(-1, 0), one(0.25, DEAD)], [0.5, 4, 1]);
  const square = (place: number) => {
    const sums = {
      z: arrayOf([1, 2, 2, 1], [1, 4, 2, 3.5]),
      slack: arrayOf([1, 2, 2, 1], [0.25, 0.75, 0.25, 0.25]),
    };
    return shortfall({ pool: 2, poolStride: 2 }, sums, arrayOf([1, 1, 1, 1], [place]));
  };
  assertEquals([0, 1, 2, 3].map(square), [5, 0, 3, 0.5]); // beside the worst rival
  assertEquals([4, 7].map(square), [Infinity, Infinity]);
});

Deno.test("denseSums counts every product, the bias, and the product that made x", () => {
  const [x, kernel] = [arrayOf([1, 2], [3, -1]), arrayOf([2, 1], [5, 7])];
  const { z, slack } = denseSums(x, kernel, arrayOf([1], [-2]));
  assertEquals([...z.data], [6]);
  assertAlmostEquals(slack.data[0] * 2 ** 24, 4 * (15 + 7 + 2), 1e-4);
});

for (const [name, madd] of [["every", FUSED], ["no", PLAIN]] as const) {
  Deno.test(`convSums' slack holds where ${name} multiply-add is fused, and is not idle`, () => {
    for (const seed of SEEDS) {
      const drawn = drawPool(seed), { layer } = drawn, random = createRandom(seed);
      const { x, kernel, bias } = shareOf(drawn, 0);
      for (const noise of [0, 1e-3]) {
        const { z, slack } = convSums(layer, x, kernel, bias, noise);
        const noisy = x.data.map((value) =>
          Math.fround(value + noise * (2 * random.uniform() - 1))
        );
        const actual = createMachine(madd).conv(layer, arrayOf(x.shape, noisy), kernel, bias);
        const parts = z.data.map((value, i) => Math.abs(value - actual.data[i]) / slack.data[i]);
        const worst = Math.max(...parts);
        assert(worst <= 1 && worst > 0.003, `seed ${seed}, noise ${noise}: ${worst} of the slack`);
      }
    }
  });
}
