import { readNpy } from "../../src/io/npy.ts";
import { centre, kernelSamples } from "../../src/prior/kernels.ts";
import { fitTikhonov, TIKHONOV, variance } from "../../src/prior/tikhonov.ts";
import { assert, assertAlmostEquals, assertEquals, assertRelative } from "../helpers/assert.ts";

const fixtures = `${import.meta.dirname}/../fixtures/fit`;
const expected = JSON.parse(await Deno.readTextFile(`${fixtures}/expected.json`));

Deno.test("TIKHONOV is NumPy's logspace(-7, -1, 100)", () => {
  assertEquals(TIKHONOV.length, 100);
  assertEquals([TIKHONOV[0], TIKHONOV[99]], [1e-7, 1e-1]);
  assertAlmostEquals(TIKHONOV[50] / 0.00010722672220103231, 1, 1e-15);
});

for (const [layer, rank] of [["conv1", 3], ["conv2", 2], ["conv3", 2]] as const) {
  Deno.test(`fitTikhonov picks the same τ and Σ as scikit-learn for ${layer}`, async () => {
    const samples = kernelSamples(await readNpy(`${fixtures}/kernels_${layer}.npy`), rank);
    const golden = await readNpy(`${fixtures}/${layer}_cov_rank${rank}.npy`);
    const { tikhonov, covariance } = await fitTikhonov(centre(samples));
    assertAlmostEquals(tikhonov / expected[layer].tikhonov, 1, 1e-12);
    assertEquals(covariance.shape as number[], golden.shape);
    assertRelative(covariance.data, golden.data, 1e-6, layer);
  });
}

Deno.test("fitTikhonov's curve is the mean held-out density of each fold, and its top is τ", async () => {
  // Numbers ±1: whatever the folds are, each trains on 6 of them and tests 3 against 6/5 + τ.
  const data = Float64Array.from({ length: 9 }, (_, i) => i % 2 === 0 ? 1 : -1);
  const { tikhonov, validation } = await fitTikhonov({ shape: [9, 1], data });
  assertEquals(validation.tikhonov, [...TIKHONOV]);
  const expected = TIKHONOV.map((tau) =>
    -0.5 * (Math.log(2 * Math.PI * (6 / 5 + tau)) + 1 / (6 / 5 + tau))
  );
  assertRelative(validation.logLikelihood, expected, 1e-12, "density");
  assertEquals(tikhonov, TIKHONOV[expected.indexOf(Math.max(...expected))]);
});

Deno.test("fitTikhonov takes equal samples: Σ is τ·I with the smallest τ", async () => {
  const { tikhonov, covariance } = await fitTikhonov({ shape: [9, 2], data: new Float64Array(18) });
  assertEquals(tikhonov, TIKHONOV[0]);
  assertEquals([...covariance.data], [tikhonov, 0, 0, tikhonov]);
});

Deno.test("fitTikhonov leans on τ more when there are few samples", async () => {
  const of = (count: number) => ({
    shape: [count, 3] as [number, number],
    data: Float64Array.from({ length: count * 3 }, (_, i) => Math.sin(i * i)),
  });
  assert(
    (await fitTikhonov(centre(of(9)))).tikhonov > (await fitTikhonov(centre(of(900)))).tikhonov,
  );
});

Deno.test("variance is about the mean of all entries", () => {
  assertEquals(variance({ shape: [2, 2], data: Float64Array.of(1, 3, 1, 3) }), 1);
});
