import { doubtLayer, fitLayer } from "../../src/prior/fit_layer.ts";
import { createRandom } from "../../src/random.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "../helpers/assert.ts";

/** Kernels (count, 2, 2, 1) of white noise. */
function noise(count: number, deviation = 1) {
  const random = createRandom(3);
  const data = Float64Array.from({ length: count * 4 }, () => deviation * random.normal());
  return { name: "conv9", rank: 3 as const, kernels: { shape: [count, 2, 2, 1], data } };
}

Deno.test("fitLayer warns with the value and the layer when τ is at an end of its range", async () => {
  const { summary, warnings } = await fitLayer(noise(30, 1e-5));
  assertEquals(summary.tikhonov, 1e-7);
  assertEquals(
    warnings[0],
    "conv9: the best Tikhonov constant 1.0e-7 is an end of the range 1e-7 … 1e-1, " +
      "so a better one may lie outside",
  );
});

Deno.test("fitLayer warns where the correlated Gaussian is no likelier, with both figures", async () => {
  const { summary, warnings } = await fitLayer(noise(20, 0.1));
  const { independent, correlated } = summary.logLikelihood;
  assert(correlated < independent, `${correlated} ≥ ${independent}`);
  assertEquals(warnings.length, 1);
  assertStringIncludes(
    warnings[0],
    `under the correlated Gaussian (${correlated.toFixed(2)}) than under the independent one ` +
      `(${independent.toFixed(2)})`,
  );
});

Deno.test("doubtLayer is silent where knowing correlations helps, or there is nothing to correlate", () => {
  const layer = { name: "conv1", samples: 20, dimensions: 25, tikhonov: 1e-3 };
  const doubts = (independent: number, correlated: number, dimensions = 25) =>
    doubtLayer({ ...layer, dimensions, logLikelihood: { independent, correlated } }).length;
  assertEquals(doubts(10, 10.01), 0);
  assertEquals(doubts(10, 10), 1);
  assertEquals(doubts(-10, -11), 1);
  assertEquals(doubts(10, 9, 1), 0);
  assertEquals(doubts(NaN, NaN), 0); // a summary's null
});

Deno.test("fitLayer gives the independent Gaussian the variance of all entries", async () => {
  const { independent } = await fitLayer(noise(2000, 0.5));
  assertEquals(independent.data[1], 0);
  assertAlmostEquals(independent.data[0], 0.25, 0.02);
  assertEquals(independent.data[15], independent.data[0]);
});

Deno.test("fitLayer fits 9 kernels and says why 8 are too few", async () => {
  await fitLayer(noise(9));
  const few = () => fitLayer(noise(8));
  const says = "Cannot fit conv9: 8 kernels are fewer than the 9 that cross-validation needs";
  await assertRejects(few, RangeError, says);
});

Deno.test("fitLayer refuses kernels that are not finite or all equal", async () => {
  const layer = noise(20);
  layer.kernels.data[17] = NaN;
  await assertRejects(() => fitLayer(layer), RangeError, "Cannot fit conv9: value 17 is NaN");
  layer.kernels.data.fill(0.25);
  await assertRejects(() => fitLayer(layer), RangeError, "all 20 kernels are equal");
});
