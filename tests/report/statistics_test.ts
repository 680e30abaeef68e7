import { pairedDifference, studentQuantile, summarizeSample } from "../../src/report/statistics.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../helpers/assert.ts";

Deno.test("summarizeSample gives the mean and the standard error with n − 1", () => {
  // Squared deviations 9, 1, 1, 1, 0, 0, 4, 16 of 2, 4, 4, 4, 5, 5, 7, 9: 32 / 7 / 8 = 4 / 7.
  assertEquals(summarizeSample([2, 4, 4, 4, 5, 5, 7, 9]), {
    mean: 5,
    standardError: Math.sqrt(4 / 7),
  });
  assertEquals(summarizeSample([3, 3, 3]), { mean: 3, standardError: 0 });
});

Deno.test("summarizeSample knows no standard error of one value, and no mean of none", () => {
  assertEquals(summarizeSample([0.5]), { mean: 0.5, standardError: null });
  assertThrows(() => summarizeSample([]), RangeError, "holds no value");
});

Deno.test("studentQuantile equals the printed tables", () => {
  for (
    const [degrees, quantile] of [
      [1, 12.7062],
      [2, 4.30265],
      [3, 3.18245],
      [5, 2.57058],
      [7, 2.36462],
      [9, 2.26216],
      [19, 2.09302],
      [30, 2.04227],
      [1000, 1.96234],
    ]
  ) assertAlmostEquals(studentQuantile(0.95, degrees), quantile, 6e-6 * quantile);
  assertAlmostEquals(studentQuantile(0.99, 10), 3.16927, 1e-5);
  assertAlmostEquals(studentQuantile(0.5, 1), 1, 1e-12); // Cauchy: tan(π/4)
  assertAlmostEquals(studentQuantile(0.95, 100_000), 1.95999, 1e-5); // almost the normal's 1.95996
});

Deno.test("studentQuantile refuses what is no confidence and no degrees of freedom", () => {
  for (const confidence of [0, 1, 95, NaN]) {
    assertThrows(() => studentQuantile(confidence, 3), RangeError, `confidence ${confidence}`);
  }
  for (const degrees of [0, 1.5, NaN, Infinity]) {
    assertThrows(() => studentQuantile(0.95, degrees), RangeError, `freedom ${degrees}`);
  }
});

Deno.test("pairedDifference is the t interval of second − first", () => {
  // Differences 1, 2, 3: mean 2, sample deviation 1, standard error 1/√3, t(0.975; 2) = 4.302653.
  const difference = pairedDifference([10, 20, 30], [11, 22, 33])!;
  assertEquals([difference.pairs, difference.mean], [3, 2]);
  assertAlmostEquals(difference.standardError, 1 / Math.sqrt(3), 1e-15);
  assertAlmostEquals(difference.low, 2 - 4.302653 / Math.sqrt(3), 1e-6);
  assertAlmostEquals(difference.high, 2 + 4.302653 / Math.sqrt(3), 1e-6);
  const half = pairedDifference([10, 20, 30], [11, 22, 33], 0.5)!;
  assertAlmostEquals(half.high, 2 + 0.816497 / Math.sqrt(3), 1e-6);
});

Deno.test("pairedDifference says nothing of fewer than two pairs and refuses unequal samples", () => {
  assertEquals(pairedDifference([], []), null);
  assertEquals(pairedDifference([1], [2]), null);
  assertThrows(() => pairedDifference([1, 2], [1]), TypeError, "2 first and 1 second");
  assertThrows(() => pairedDifference([1, 2], [1, 2], 95), RangeError, "confidence 95");
});
