/**
 * The eigendecomposition of a covariance: inverse, square root and density all follow from it.
 *
 * @module
 */
import { type Matrix, type Numbers, zeros } from "./matrix.ts";

/** Σ = V·diag(λ)·Vᵀ. */
export interface Spectrum {
  /** (R): λ, ascending; R = D where nothing is left out. */
  values: Float64Array<ArrayBuffer>;
  /** (R, D): row i is the unit eigenvector of value i, i.e. Vᵀ. */
  vectors: Matrix;
}

/**
 * Decomposes a symmetric matrix.
 *
 * What is asymmetric by rounding is averaged away first. The matrix is brought to mean variance 1,
 * because mathjs stops at an absolute precision. It takes half a second to load, so nobody waits for it
 * who decomposes nothing.
 *
 * @param matrix (D, D), finite.
 */
export async function spectrum(matrix: Numbers): Promise<Spectrum> {
  const n = matrix.shape[0];
  const at = (i: number, j: number) => (matrix.data[i * n + j] + matrix.data[j * n + i]) / 2;
  let trace = 0;
  for (let i = 0; i < n; i++) trace += Math.abs(at(i, i));
  const scale = trace / n || 1;

  const rows = Array.from(
    { length: n },
    (_, i) => Array.from({ length: n }, (_, j) => at(i, j) / scale),
  );
  const { eigs } = await import("./eigs.ts");
  const pairs = eigs(rows).eigenvectors;
  pairs.sort((a, b) => a.value - b.value);
  return {
    values: Float64Array.from(pairs, (pair) => pair.value * scale),
    vectors: { shape: [n, n], data: Float64Array.from(pairs.flatMap((pair) => pair.vector)) },
  };
}

/**
 * Applies a function to the eigenvalues: V·diag(f(λ))·Vᵀ. With f = 1/λ it is the inverse, with
 * f = √λ the symmetric square root.
 *
 * @param spectrum The decomposition of a (D, D) matrix.
 * @param f A function of one eigenvalue.
 * @returns (D, D), symmetric to the last bit.
 */
export function applyToSpectrum(
  { values, vectors }: Spectrum,
  f: (value: number) => number,
): Matrix {
  const [rank, n] = vectors.shape, v = vectors.data;
  const result = zeros(n, n);
  const scaled = values.map(f);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let e = 0; e < rank; e++) sum += scaled[e] * (v[e * n + i] * v[e * n + j]);
      result.data[i * n + j] = result.data[j * n + i] = sum;
    }
  }
  return result;
}
