/**
 * The zero-mean Gaussian N(0, Σ): what Σ must be, its precision, its density, draws from it.
 *
 * @module
 */
import type { Random } from "../random.ts";
import type { Matrix, Numbers } from "./matrix.ts";
import { applyToSpectrum, spectrum } from "./spectrum.ts";

/** How far Σ may be from symmetric, and its eigenvalues below 0 (SPEC §6). */
const TOLERANCE = 1e-8;

/**
 * Makes sure that a matrix is a covariance: square, finite, symmetric to 1e-8, eigenvalues ≥ −1e-8.
 *
 * @param covariance (D, D), e.g. as read from a .npy file.
 * @param name The file or layer it belongs to, for the message.
 * @throws {TypeError} If it is not a square matrix.
 * @throws {RangeError} If one of the other conditions fails.
 */
export async function checkCovariance(covariance: Numbers, name: string): Promise<void> {
  const { shape, data } = covariance;
  const [n] = shape;
  const refuse = (state: string) => `Cannot use ${name} as a covariance: ${state}`;
  if (shape.length !== 2 || shape[1] !== n || n === 0) {
    throw new TypeError(refuse(`its shape (${shape.join(", ")}) is not square`));
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = data[i * n + j];
      if (!Number.isFinite(value)) {
        throw new RangeError(refuse(`the value at (${i}, ${j}) is ${value}`));
      }
      const asymmetry = Math.abs(value - data[j * n + i]);
      if (asymmetry > TOLERANCE) {
        throw new RangeError(
          refuse(`(${i}, ${j}) and (${j}, ${i}) differ by ${asymmetry.toExponential(1)}`),
        );
      }
    }
  }
  const [smallest] = (await spectrum(covariance)).values;
  if (smallest < -TOLERANCE) {
    throw new RangeError(refuse(`its smallest eigenvalue is ${smallest.toExponential(1)}`));
  }
}

/** The number below which float64 has fewer digits, and 1/x overflows. */
const LEAST = 2 ** -1022;

/** How `precision` inverts. */
export interface PrecisionOptions {
  /** Scale Σ to determinant 1 first, so that λ means the same as in L2 (SPEC §4). Default false. */
  unitDeterminant?: boolean;
  /** The file or layer that Σ belongs to, for error messages. */
  name?: string;
}

/**
 * Inverts a covariance: Σ⁻¹, or S = (Σ·exp(−logdet Σ / D))⁻¹ with `unitDeterminant` (SPEC §4).
 *
 * @param covariance Σ (D, D).
 * @returns (D, D), symmetric to the last bit.
 * @throws {RangeError} If Σ is singular to float64.
 */
export async function precision(
  covariance: Numbers,
  options: PrecisionOptions = {},
): Promise<Matrix> {
  const decomposed = await spectrum(covariance);
  const { values } = decomposed;
  const dimensions = values.length;
  // The numerical rank, as NumPy's matrix_rank draws the line.
  const least = Math.max(LEAST, values[dimensions - 1] * dimensions * Number.EPSILON);
  if (!(values[0] > least)) {
    throw new RangeError(
      `Cannot invert ${options.name ?? "the covariance"}: its eigenvalues reach from ` +
        `${values[0].toExponential(1)} to ${values[dimensions - 1].toExponential(1)}, ` +
        `so it is singular; add a constant to its diagonal`,
    );
  }
  const logVolume = values.reduce((sum, value) => sum + Math.log(value), 0) / dimensions;
  const scale = options.unitDeterminant ? Math.exp(logVolume) : 1;
  return applyToSpectrum(decomposed, (value) => scale / value);
}

/**
 * Averages log N(x; 0, Σ) over samples, in nats.
 *
 * Only two things of them count: Σ's eigenvalues, and the samples' variance along its eigenvectors.
 * ½·mean(xᵀΣ⁻¹x) = ½·Σᵢ spreadᵢ/λᵢ.
 *
 * @param values λ (D), all > 0.
 * @param spread (D): the mean square of the samples along each eigenvector.
 */
export function meanLogDensity(values: ArrayLike<number>, spread: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum -= 0.5 * (spread[i] / values[i] + Math.log(2 * Math.PI * values[i]));
  }
  return sum;
}

/**
 * Draws from N(0, Σ) as Σ^½·z, z standard normal.
 *
 * The symmetric square root does not depend on the signs and the order of eigenvectors, and it
 * exists for a singular Σ; eigenvalues below 0 by rounding count as 0.
 *
 * @param covariance Σ (D, D), not scaled.
 * @param count COUNT, how many draws.
 * @param random The stream to draw from; D normals a draw.
 * @returns (COUNT, D).
 */
export async function sampleGaussian(
  covariance: Numbers,
  count: number,
  random: Random,
): Promise<Float64Array<ArrayBuffer>> {
  return (await createSampler(covariance))(count, random);
}

/**
 * {@linkcode sampleGaussian} for many calls: Σ^½ is computed once.
 *
 * @param covariance Σ (D, D), not scaled.
 * @returns What gives (COUNT, D) draws.
 */
export async function createSampler(
  covariance: Numbers,
): Promise<(count: number, random: Random) => Float64Array<ArrayBuffer>> {
  const dimensions = covariance.shape[0], decomposed = await spectrum(covariance);
  const root = applyToSpectrum(decomposed, (value) => Math.sqrt(Math.max(value, 0))).data;
  return (count, random) => {
    const draws = new Float64Array(count * dimensions);
    for (let row = 0; row < draws.length; row += dimensions) {
      for (let j = 0; j < dimensions; j++) {
        const z = random.normal();
        for (let i = 0; i < dimensions; i++) draws[row + i] += root[j * dimensions + i] * z;
      }
    }
    return draws;
  };
}
