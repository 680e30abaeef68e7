/**
 * The prior's Σ = XᵀX/(N−1) + τ·I of samples with mean 0 (SPEC §6), and its spectrum without τ.
 *
 * @module
 */
import { type Matrix, zeros } from "./matrix.ts";
import { type Spectrum, spectrum } from "./spectrum.ts";

/**
 * Σ = XᵀX/(N−1) + τ·I.
 *
 * @param samples X (N, D), with mean 0, N ≥ 2.
 * @param tikhonov τ.
 * @returns (D, D), symmetric to the last bit.
 */
export function covarianceOf(samples: Matrix, tikhonov: number): Matrix {
  return addDiagonal(secondMoment(samples, samples.shape[0] - 1), tikhonov);
}

/** XᵀX / divisor of samples X (N, D): (D, D), symmetric to the last bit. */
function secondMoment(samples: Matrix, divisor: number): Matrix {
  const [count, n] = samples.shape, x = samples.data;
  const moment = zeros(n, n);
  for (let row = 0; row < count * n; row += n) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) moment.data[i * n + j] += x[row + i] * x[row + j];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      moment.data[j * n + i] = moment.data[i * n + j] /= divisor;
    }
  }
  return moment;
}

/**
 * Adds the same variance to every dimension: Σ + τ·I.
 *
 * @param covariance (D, D).
 * @param variance τ.
 * @returns (D, D), a new matrix.
 */
export function addDiagonal(covariance: Matrix, variance: number): Matrix {
  const n = covariance.shape[0], data = covariance.data.slice();
  for (let i = 0; i < n; i++) data[i * n + i] += variance;
  return { shape: [n, n], data };
}

/** Eigenvalues below this part of the largest are rounding errors of 0. */
const NEGLIGIBLE = 1e-12;

/**
 * Decomposes XᵀX/(N−1) without its eigenvalues of 0.
 *
 * With fewer samples than dimensions the smaller XXᵀ is decomposed in its place: from XXᵀu = λu
 * follows XᵀX(Xᵀu) = λ(Xᵀu). The time grows with the cube of the size.
 *
 * @param samples X (N, D), with mean 0, N ≥ 2.
 * @returns R ≤ min(N, D) eigenvalues > 0 and their eigenvectors (R, D).
 */
export async function sampleSpectrum(samples: Matrix): Promise<Spectrum> {
  const [count, n] = samples.shape;
  const isWide = count < n;
  const { values, vectors } = await spectrum(
    secondMoment(isWide ? transpose(samples) : samples, count - 1),
  );
  const negligible = values[values.length - 1] * NEGLIGIBLE;
  const first = values.findIndex((value) => value > negligible);
  const rank = first < 0 ? 0 : values.length - first;

  const kept = zeros(rank, n);
  for (let r = 0; r < rank; r++) {
    const vector = kept.data.subarray(r * n, (r + 1) * n);
    const source = vectors.data.subarray((first + r) * vectors.shape[1]);
    if (!isWide) {
      vector.set(source.subarray(0, n));
      continue;
    }
    for (let row = 0; row < count; row++) {
      for (let i = 0; i < n; i++) vector[i] += source[row] * samples.data[row * n + i];
    }
    const length = Math.hypot(...vector);
    for (let i = 0; i < n; i++) vector[i] /= length;
  }
  return { values: values.slice(values.length - rank), vectors: kept };
}

function transpose({ shape: [rows, columns], data }: Matrix): Matrix {
  const turned = zeros(columns, rows);
  data.forEach((value, i) => turned.data[(i % columns) * rows + Math.floor(i / columns)] = value);
  return turned;
}
