/**
 * What holds for every set of samples, against formulas written out here.
 *
 * @module
 */
import fc from "fast-check";
import { addDiagonal, covarianceOf, sampleSpectrum } from "../../src/prior/covariance.ts";
import { checkCovariance, meanLogDensity, precision } from "../../src/prior/gaussian.ts";
import { centre } from "../../src/prior/kernels.ts";
import { type Matrix, zeros } from "../../src/prior/matrix.ts";
import { applyToSpectrum, spectrum } from "../../src/prior/spectrum.ts";
import { assert, assertAlmostEquals, assertEquals, assertRelative } from "../helpers/assert.ts";

/** (N, D): 2 … 7 samples in 1 … 5 dimensions, of any scale; columns may be 0, equal or far apart. */
const samples: fc.Arbitrary<Matrix> = fc.tuple(
  fc.integer({ min: 2, max: 7 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: -30, max: 30 }),
).chain(([count, dimensions, exponent]) =>
  fc.array(
    fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1, max: 1, noNaN: true })),
    { minLength: count * dimensions, maxLength: count * dimensions },
  ).map((values): Matrix => ({
    shape: [count, dimensions],
    data: Float64Array.from(values, (value) => value * 10 ** exponent),
  }))
);

/** Σ of samples with a part of their variance on the diagonal, as the fit adds τ. */
const covariances = fc.tuple(samples, fc.integer({ min: -7, max: 0 })).map(([x, exponent]) => {
  const moment = covarianceOf(centre(x), 0);
  const variance = Math.max(...moment.data) || 1;
  return addDiagonal(moment, variance * 10 ** exponent);
}).filter(({ data }) => Math.max(...data) > 1e-290); // what float64 holds with all its digits

Deno.test("covarianceOf centred samples is symmetric, positive and the covariance", () => {
  fc.assert(
    fc.property(samples, fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 5 }), (x, w) => {
      const [count, n] = x.shape;
      const { data } = covarianceOf(centre(x), 0);
      const mean = Array.from({ length: n }, (_, i) => {
        let sum = 0;
        for (let row = 0; row < count; row++) sum += x.data[row * n + i];
        return sum / count;
      });
      const scale = Math.max(...x.data.map(Math.abs)) ** 2;
      let form = 0; // wᵀΣw
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let row = 0; row < count; row++) {
            sum += (x.data[row * n + i] - mean[i]) * (x.data[row * n + j] - mean[j]);
          }
          assertAlmostEquals(data[i * n + j], sum / (count - 1), 1e-13 * scale);
          assertEquals(data[i * n + j], data[j * n + i]);
          form += w[i] * data[i * n + j] * w[j];
        }
      }
      assert(form >= -1e-12 * scale, `wᵀΣw = ${form}`);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("spectrum takes every covariance apart into orthogonal directions, ascending", async () => {
  await fc.assert(
    fc.asyncProperty(covariances, async (covariance) => {
      const decomposed = await spectrum(covariance);
      const { values, vectors: { data: v, shape: [rank, n] } } = decomposed;
      assertEquals(rank, n);
      assert(values.every((value, i) => i === 0 || value >= values[i - 1]), `${values}`);
      const products = zeros(n, n).data.map((_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        let sum = 0;
        for (let k = 0; k < n; k++) sum += v[i * n + k] * v[j * n + k];
        return sum;
      });
      assertRelative(products, identity(n), 1e-10, "VᵀV");
      assertRelative(applyToSpectrum(decomposed, (x) => x).data, covariance.data, 1e-10, "VλVᵀ");
    }),
    { numRuns: 1000 },
  );
});

Deno.test("sampleSpectrum finds the same eigenvalues from the smaller matrix", async () => {
  await fc.assert(
    fc.asyncProperty(samples, async (x) => {
      const n = x.shape[1];
      const found = (await sampleSpectrum(x)).values;
      const all = (await spectrum(covarianceOf(x, 0))).values;
      const largest = all[n - 1];
      const wanted = Array.from(all).slice(n - found.length);
      for (const [i, value] of wanted.entries()) {
        assertAlmostEquals(found[i], value, 1e-10 * largest);
      }
      for (const left of all.slice(0, n - found.length)) assert(Math.abs(left) <= 1e-10 * largest);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("precision is the inverse of Σ at determinant 1, at every scale", async () => {
  await fc.assert(
    fc.asyncProperty(covariances, async (covariance) => {
      const [n] = covariance.shape;
      await checkCovariance(unitScale(covariance), "Σ");
      const s = await precision(covariance, { unitDeterminant: true });
      const logVolume = choleskyOf(covariance).logDeterminant / n;
      const unit = covariance.data.map((value) => value * Math.exp(-logVolume));
      const product = multiply(s.data, unit, n);
      const condition = norm(s.data) * norm(unit);
      assertRelative(product, identity(n), 1e-12 * condition * n, "S·Σ"); // mathjs stops at 1e-12
      // Its determinant is as good as its smallest eigenvalue.
      const { logDeterminant } = choleskyOf(s);
      assertAlmostEquals(logDeterminant, 0, 1e-11 * condition * n, "log det S");
    }),
    { numRuns: 1000 },
  );
});

Deno.test("meanLogDensity is the mean of −½(xᵀΣ⁻¹x + log det Σ + D·log 2π)", async () => {
  await fc.assert(
    fc.asyncProperty(
      covariances,
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 15 }),
      async (covariance, numbers) => {
        const [n] = covariance.shape;
        const size = Math.sqrt(Math.max(...covariance.data));
        const x = numbers.slice(0, 3 * n).map((value) => value / 9 * size);
        const { values, vectors } = await spectrum(covariance);
        const spread = Array.from({ length: n }, (_, e) => {
          let sum = 0;
          for (let row = 0; row < 3; row++) {
            let along = 0;
            for (let i = 0; i < n; i++) along += vectors.data[e * n + i] * x[row * n + i];
            sum += along ** 2 / 3;
          }
          return sum;
        });
        const { solve, logDeterminant } = choleskyOf(covariance);
        let wanted = 0;
        for (let row = 0; row < 3; row++) {
          const sample = x.slice(row * n, (row + 1) * n);
          const distance = solve(sample).reduce((sum, z) => sum + z * z, 0);
          wanted -= (distance + logDeterminant + n * Math.log(2 * Math.PI)) / 6;
        }
        const actual = meanLogDensity(values, spread);
        assertAlmostEquals(actual, wanted, 1e-7 * (1 + Math.abs(wanted)));
      },
    ),
    { numRuns: 1000 },
  );
});

/** The lower triangle L of Σ = L·Lᵀ, by the textbook's three loops. */
function choleskyOf({ shape: [n], data }: Matrix) {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = data[i * n + j];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j];
    }
  }
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) logDeterminant += 2 * Math.log(l[i * n + i]);
  /** L⁻¹x, whose square length is xᵀΣ⁻¹x. */
  const solve = (x: number[]) => {
    const z: number[] = [];
    for (let i = 0; i < n; i++) {
      z[i] = x[i];
      for (let k = 0; k < i; k++) z[i] -= l[i * n + k] * z[k];
      z[i] /= l[i * n + i];
    }
    return z;
  };
  return { logDeterminant, solve };
}

function unitScale({ shape, data }: Matrix): Matrix {
  const scale = Math.max(...data);
  return { shape, data: data.map((value) => value / scale) };
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  return zeros(n, n).data.map((_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[Math.floor(at / n) * n + k] * b[k * n + at % n];
    return sum;
  });
}

const identity = (n: number) => zeros(n, n).data.map((_, at) => at % (n + 1) === 0 ? 1 : 0);
const norm = (data: Float64Array) => Math.hypot(...data);
