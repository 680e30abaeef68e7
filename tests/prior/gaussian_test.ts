import { readNpy } from "../../src/io/npy.ts";
import { covarianceOf } from "../../src/prior/covariance.ts";
import {
  checkCovariance,
  meanLogDensity,
  precision,
  sampleGaussian,
} from "../../src/prior/gaussian.ts";
import { spectrum } from "../../src/prior/spectrum.ts";
import { createRandom } from "../../src/random.ts";
import {
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertRelative,
} from "../helpers/assert.ts";

const square = (data: number[]) => ({
  shape: [Math.sqrt(data.length), Math.sqrt(data.length)],
  data,
});

// Golden: NumPy's inv(Σ)·exp(slogdet(Σ)/D) in float64: [0,0], [3,7], [D−1,D−2] and the norm.
for (
  const [file, golden] of [
    ["conv1_cov_rank3", [
      1.4872400095044012,
      -0.12057058057274998,
      -0.13705109288171466,
      14.335537542166774,
    ]],
    ["conv2_cov_rank2", [
      1.6331933718750213,
      -0.10865484890929523,
      -0.7357249829426269,
      11.178134631652522,
    ]],
  ] as const
) {
  Deno.test(`precision of ${file} at determinant 1 equals NumPy's`, async () => {
    const covariance = await readNpy(`${import.meta.dirname}/../fixtures/fit/${file}.npy`);
    const { shape, data } = await precision(covariance, { unitDeterminant: true });
    const [n] = shape;
    const norm = Math.hypot(...data);
    assertRelative([data[0], data[3 * n + 7], data[n * n - 2], norm], golden, 1e-9);
  });
}

Deno.test("precision is the plain inverse unless asked otherwise", async () => {
  assertRelative(
    (await precision(square([2, 1, 1, 2]))).data,
    [2 / 3, -1 / 3, -1 / 3, 2 / 3],
    1e-14,
  );
});

Deno.test("precision at determinant 1 does not depend on the scale of Σ, however small", async () => {
  const covariance = [2, 1, 1, 2];
  const tiny = covariance.map((value) => value * 1e-180); // det 3e-360 is 0 in float64
  const wanted = (await precision(square(covariance), { unitDeterminant: true })).data;
  assertRelative((await precision(square(tiny), { unitDeterminant: true })).data, wanted, 1e-12);
});

Deno.test("precision refuses a singular covariance by name", async () => {
  const singular = square([1, 1, 1, 1]);
  const invert = () => precision(singular, { name: "a.npy" });
  await assertRejects(invert, RangeError, "Cannot invert a.npy");
  const denormal = square([1e-323, 0, 0, 2e-323]); // its inverse would be infinite
  await assertRejects(() => precision(denormal), RangeError, "reach from 9.9e-324 to 2.0e-323");
});

// Golden: scipy.stats.multivariate_normal([0, 0], Σ).logpdf(samples).mean().
Deno.test("meanLogDensity equals SciPy's log-density", async () => {
  const samples = [[1, 2], [-1, 0.5], [0, -3]];
  const { values, vectors } = await spectrum(square([2, 0.5, 0.5, 1]));
  const spread = [0, 1].map((e) => {
    const along = samples.map(([x, y]) => vectors.data[2 * e] * x + vectors.data[2 * e + 1] * y);
    return along.reduce((sum, value) => sum + value ** 2, 0) / samples.length;
  });
  assertAlmostEquals(meanLogDensity(values, spread), -4.689113531805628, 1e-12);
});

Deno.test("sampleGaussian draws with the covariance that was asked for", async () => {
  const covariance = square([2, -0.8, 0.1, -0.8, 1, 0.3, 0.1, 0.3, 0.5]);
  const count = 20_000;
  const draws = await sampleGaussian(covariance, count, createRandom(1));
  assertEquals(draws.length, count * 3);
  const moment = covarianceOf({ shape: [count, 3], data: draws }, 0);
  assertRelative(moment.data, covariance.data, 0.03);
});

Deno.test("sampleGaussian takes a singular covariance with a rounding error below 0", async () => {
  const draws = await sampleGaussian(square([1, 1 + 1e-9, 1 + 1e-9, 1]), 100, createRandom(1));
  for (let i = 0; i < 100; i++) assertAlmostEquals(draws[2 * i], draws[2 * i + 1], 1e-6);
});

Deno.test("checkCovariance accepts a covariance that is singular", async () => {
  await checkCovariance(square([1, 1, 1, 1]), "a.npy");
  await checkCovariance(square([1, 1 + 5e-9, 1 + 5e-9, 1]), "a.npy");
});

for (
  const [fault, covariance, kind, says] of [
    ["not square", { shape: [1, 2], data: [1, 2] }, TypeError, "shape (1, 2) is not square"],
    ["of three axes", { shape: [1, 1, 1], data: [1] }, TypeError, "(1, 1, 1)"],
    ["not finite", square([1, 0, 0, NaN]), RangeError, "(1, 1) is NaN"],
    ["asymmetric", square([1, 0, 2e-8, 1]), RangeError, "(0, 1) and (1, 0) differ by 2.0e-8"],
    ["indefinite", square([1, 2, 2, 1]), RangeError, "smallest eigenvalue is -1.0e+0"],
  ] as const
) {
  Deno.test(`checkCovariance refuses a matrix that is ${fault}`, async () => {
    const refusal = await assertRejects(() => checkCovariance(covariance, "a.npy"), kind, says);
    assertEquals(refusal.message.startsWith("Cannot use a.npy as a covariance: "), true);
  });
}
