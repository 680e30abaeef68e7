/**
 * The constant τ of the prior's Σ (covariance), chosen by cross-validation (SPEC §6).
 *
 * @module
 */
import { sampleSpectrum } from "./covariance.ts";
import { meanLogDensity } from "./gaussian.ts";
import { kfold } from "./kfold.ts";
import { type Matrix, takeRows } from "./matrix.ts";

/** The constants that are tried: 100 log-spaced values from 1e-7 to 1e-1. */
export const TIKHONOV: readonly number[] = Array.from(
  { length: 100 },
  (_, i) => 10 ** (-7 + 6 * i / 99),
);

/** The fewest samples that three folds of three folds split evenly. */
export const MIN_SAMPLES = 9;

/** How well each constant does on samples that were left out. */
export interface TikhonovCurve {
  /** τ, as in {@linkcode TIKHONOV}. */
  tikhonov: number[];
  /** The mean log-density of a held-out sample in nats, the mean over 3 folds; one for each τ. */
  logLikelihood: number[];
}

/** Mean held-out log-likelihoods of the two Gaussians, in nats. */
export interface HeldOut {
  /** The log-likelihood of N(0, var·I). */
  independent: number;
  /** The log-likelihood of N(0, Σ). */
  correlated: number;
}

/**
 * Chooses the τ whose mean held-out log-density over 3 folds (seed 31) is highest.
 *
 * @param samples (N, D), with mean 0, N ≥ 3; N < D is welcome, as τ makes up for it.
 * @returns τ, and the curve whose top it is.
 */
export async function chooseTikhonov(
  samples: Matrix,
): Promise<{ tikhonov: number; validation: TikhonovCurve }> {
  const validation = await crossValidate(samples);
  return { tikhonov: best(validation), validation };
}

async function crossValidate(samples: Matrix): Promise<TikhonovCurve> {
  const logLikelihood: number[] = Array(TIKHONOV.length).fill(0);
  const folds = kfold(samples.shape[0], 3, 31);
  for (const { train, test } of folds) {
    const [fitted, left] = [train, test].map((rows) => takeRows(samples, rows));
    const densities = await logDensities(fitted, left, TIKHONOV);
    densities.forEach((density, i) => logLikelihood[i] += density / folds.length);
  }
  return { tikhonov: [...TIKHONOV], logLikelihood };
}

function best({ tikhonov, logLikelihood }: TikhonovCurve): number {
  return tikhonov[logLikelihood.indexOf(Math.max(...logLikelihood))];
}

/**
 * Compares both Gaussians on samples they were not fitted to: 3 folds (seed 43), τ chosen anew
 * inside each training part.
 *
 * @param samples (N, D), with mean 0, N ≥ {@linkcode MIN_SAMPLES}.
 */
export async function heldOutLogLikelihood(samples: Matrix): Promise<HeldOut> {
  const dimensions = samples.shape[1];
  const folds = kfold(samples.shape[0], 3, 43);
  const mean: HeldOut = { independent: 0, correlated: 0 };
  for (const fold of folds) {
    const train = takeRows(samples, fold.train), test = takeRows(samples, fold.test);
    const [correlated] = await logDensities(train, test, [best(await crossValidate(train))]);
    // All dimensions are alike for N(0, var·I): D times the density of one.
    const independent = dimensions * meanLogDensity([variance(train)], [meanSquare(test)]);
    mean.correlated += correlated / folds.length;
    mean.independent += independent / folds.length;
  }
  return mean;
}

/** The mean log-density of `test` under N(0, XᵀX/(N−1) + τ·I), X = `train`, for each τ. */
async function logDensities(
  train: Matrix,
  test: Matrix,
  tikhonovs: readonly number[],
): Promise<number[]> {
  // τ·I moves the eigenvalues alone, so one decomposition serves all τ.
  const { values, vectors } = await sampleSpectrum(train);
  const spread = spreadAlong(vectors, test);
  // The directions no training sample reaches have variance τ and share what is left of `test`.
  const dimensions = test.shape[1], unseen = dimensions - values.length;
  const left = meanSquare(test) * dimensions - spread.reduce((sum, value) => sum + value, 0);
  return tikhonovs.map((tikhonov) =>
    meanLogDensity(values.map((value) => value + tikhonov), spread) +
    (unseen && unseen * meanLogDensity([tikhonov], [left / unseen]))
  );
}

/**
 * The variance over all entries, about their common mean: the one parameter of N(0, var·I).
 *
 * @param samples (N, D).
 */
export function variance(samples: Matrix): number {
  const { data } = samples;
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  return data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length;
}

function meanSquare({ data }: Matrix): number {
  return data.reduce((sum, x) => sum + x * x, 0) / data.length;
}

/** The mean square of samples (N, D) along each of some unit vectors (R, D): (R). */
function spreadAlong(vectors: Matrix, samples: Matrix): Float64Array {
  const [count, n] = samples.shape;
  return Float64Array.from({ length: vectors.shape[0] }, (_, e) => {
    let spread = 0;
    for (let row = 0; row < count; row++) {
      let along = 0;
      for (let i = 0; i < n; i++) along += vectors.data[e * n + i] * samples.data[row * n + i];
      spread += along * along / count;
    }
    return spread;
  });
}
