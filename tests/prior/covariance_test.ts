import { addDiagonal, covarianceOf, sampleSpectrum } from "../../src/prior/covariance.ts";
import type { Matrix } from "../../src/prior/matrix.ts";
import { applyToSpectrum } from "../../src/prior/spectrum.ts";
import { createRandom } from "../../src/random.ts";
import { assertEquals, assertRelative } from "../helpers/assert.ts";

const samples: Matrix = { shape: [3, 2], data: Float64Array.of(1, 2, -3, 0, 2, -2) };

Deno.test("covarianceOf divides by N − 1 and adds τ; addDiagonal adds to a copy", () => {
  const covariance = covarianceOf(samples, 0);
  assertEquals([...covarianceOf(samples, 0.5).data], [7.5, -1, -1, 4.5]);
  assertEquals([...addDiagonal(covariance, 0.5).data], [7.5, -1, -1, 4.5]);
  assertEquals([...covariance.data], [7, -1, -1, 4]);
});

for (const [count, dimensions] of [[30, 7], [7, 30], [7, 7]]) {
  Deno.test(`sampleSpectrum of ${count} samples in ${dimensions} dimensions rebuilds Σ`, async () => {
    const random = createRandom(5);
    const data = Float64Array.from({ length: count * dimensions }, () => random.normal());
    const samples: Matrix = { shape: [count, dimensions], data };
    const decomposed = await sampleSpectrum(samples);
    assertEquals(decomposed.vectors.shape, [7, dimensions]);
    assertRelative(
      applyToSpectrum(decomposed, (value) => value).data,
      covarianceOf(samples, 0).data,
      1e-12,
    );
  });
}

Deno.test("sampleSpectrum leaves out eigenvalues of 0", async () => {
  const repeated = { ...samples, data: Float64Array.of(1, 2, -2, -4, 1, 2) };
  assertRelative((await sampleSpectrum(repeated)).values, [15], 1e-12);
  const zero = await sampleSpectrum({ ...samples, data: new Float64Array(6) });
  assertEquals([zero.values.length, zero.vectors.shape[0]], [0, 0]);
});
