import { eigs as eigsOfMathjs } from "mathjs";
import { eigs } from "../../src/prior/eigs.ts";
import { applyToSpectrum, spectrum } from "../../src/prior/spectrum.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertAlmostEquals, assertEquals, assertRelative } from "../helpers/assert.ts";

/** A symmetric matrix of rank ≤ samples. */
function randomCovariance(dimensions: number, samples: number, scale: number): Float64Array {
  const random = createRandom(7);
  const data = new Float64Array(dimensions * dimensions);
  for (let s = 0; s < samples; s++) {
    const x = Array.from({ length: dimensions }, () => random.normal());
    for (let i = 0; i < dimensions; i++) {
      for (let j = 0; j < dimensions; j++) data[i * dimensions + j] += scale * x[i] * x[j];
    }
  }
  return data;
}

for (const scale of [1, 1e-12, 1e6]) {
  Deno.test(`spectrum gives the matrix back at scale ${scale}, though its rank is short`, async () => {
    const data = randomCovariance(20, 8, scale);
    const decomposed = await spectrum({ shape: [20, 20], data });
    assertRelative(applyToSpectrum(decomposed, (value) => value).data, data, 1e-12);
    assertAlmostEquals(decomposed.values[11] / scale, 0, 1e-11);
    assert(decomposed.values[12] / scale > 1e-3);
  });
}

Deno.test("eigs is that of mathjs with its own arithmetic, to the bit", () => {
  const random = [[1, 1], [2, 2], [9, 30], [25, 4]].map(([n, samples]) =>
    randomCovariance(n, samples, 1)
  );
  for (
    const data of [
      ...random,
      Float64Array.of(0, 0, 0, 0),
      Float64Array.of(-3, 0, 0, 0, 2, 2, 0, 2, 2),
    ]
  ) {
    const dimensions = Math.sqrt(data.length);
    const rows = Array.from(
      { length: dimensions },
      (_, i) => [...data.subarray(i * dimensions, (i + 1) * dimensions)],
    );
    assertEquals(eigsOfMathjs(rows).eigenvectors, eigs(rows).eigenvectors);
  }
});

Deno.test("spectrum averages a matrix with its transpose, and gives the known eigenvalues", async () => {
  assertRelative(
    (await spectrum({ shape: [2, 2], data: [1, 0.2, 0.4, 1] })).values,
    [0.7, 1.3],
    1e-14,
  );
});

Deno.test("spectrum takes zeros, equal eigenvalues and a single number", async () => {
  assertEquals([...(await spectrum({ shape: [2, 2], data: [0, 0, 0, 0] })).values], [0, 0]);
  assertEquals([...(await spectrum({ shape: [2, 2], data: [3, 0, 0, 3] })).values], [3, 3]);
  assertEquals([...(await spectrum({ shape: [1, 1], data: [5] })).values], [5]);
});
