import { centre } from "../../src/prior/kernels.ts";
import { chooseTikhonov, TIKHONOV, variance } from "../../src/prior/tikhonov.ts";
import { assert, assertAlmostEquals, assertEquals, assertRelative } from "../helpers/assert.ts";

Deno.test("TIKHONOV is NumPy's logspace(-7, -1, 100)", () => {
  assertEquals(TIKHONOV.length, 100);
  assertEquals([TIKHONOV[0], TIKHONOV[99]], [1e-7, 1e-1]);
  assertAlmostEquals(TIKHONOV[50] / 0.00010722672220103231, 1, 1e-15);
});

Deno.test("chooseTikhonov's curve is the mean held-out density of each fold, and its top is τ", async () => {
  // Numbers ±1: whatever the folds are, each trains on 6 of them and tests 3 against 6/5 + τ.
  const data = Float64Array.from({ length: 9 }, (_, i) => i % 2 === 0 ? 1 : -1);
  const { tikhonov, validation } = await chooseTikhonov({ shape: [9, 1], data });
  assertEquals(validation.tikhonov, [...TIKHONOV]);
  const expected = TIKHONOV.map((tau) =>
    -0.5 * (Math.log(2 * Math.PI * (6 / 5 + tau)) + 1 / (6 / 5 + tau))
  );
  assertRelative(validation.logLikelihood, expected, 1e-12, "density");
  assertEquals(tikhonov, TIKHONOV[expected.indexOf(Math.max(...expected))]);
});

Deno.test("chooseTikhonov takes equal samples: τ is the smallest", async () => {
  const { tikhonov } = await chooseTikhonov({ shape: [9, 2], data: new Float64Array(18) });
  assertEquals(tikhonov, TIKHONOV[0]);
});

Deno.test("chooseTikhonov leans on τ more when there are few samples", async () => {
  const of = (count: number) => ({
    shape: [count, 3] as [number, number],
    data: Float64Array.from({ length: count * 3 }, (_, i) => Math.sin(i * i)),
  });
  assert(
    (await chooseTikhonov(centre(of(9)))).tikhonov >
      (await chooseTikhonov(centre(of(900)))).tikhonov,
  );
});

Deno.test("variance is about the mean of all entries", () => {
  assertEquals(variance({ shape: [2, 2], data: Float64Array.of(1, 3, 1, 3) }), 1);
});
