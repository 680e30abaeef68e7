/**
 * The two Gaussians of one layer's kernels, N(0, Σ) with Σ = XᵀX/(N−1) + τ·I and N(0, var·I), and how
 * well each foresees kernels it has not seen.
 *
 * @module
 */
import { centre, kernelSamples, type Rank } from "./kernels.ts";
import { addDiagonal, covarianceOf } from "./covariance.ts";
import { type Matrix, type Numbers, zeros } from "./matrix.ts";
import {
  chooseTikhonov,
  type HeldOut,
  heldOutLogLikelihood,
  MIN_SAMPLES,
  TIKHONOV,
  type TikhonovCurve,
  variance,
} from "./tikhonov.ts";

/** One layer's kernels from all trials. */
export interface LayerKernels {
  /** The layer's name in messages and in the summary, e.g. "conv1". */
  name: string;
  /** What counts as one sample: 3 = a filter, 2 = one channel of a filter. */
  rank: Rank;
  /** Why that, in words, where it was told. */
  reason?: string;
  /** (N, K, K, C), all trials' filters concatenated. */
  kernels: Numbers;
}

/** What the fit of one layer says; an entry of summary.json. */
export interface LayerSummary extends Omit<LayerKernels, "kernels"> {
  /** How many samples there were. */
  samples: number;
  /** D, the length of a sample. */
  dimensions: number;
  /** τ, the constant on Σ's diagonal; 1e-7 … 1e-1. */
  tikhonov: number;
  /** The curve that chose τ, of a sample (for rank 2, one channel of a filter). */
  validation: TikhonovCurve;
  /** Mean held-out log-likelihood of a filter, in nats, for rank 2 the sum over its channels. */
  logLikelihood: HeldOut;
}

/** The fit of one layer. */
export interface LayerFit {
  /** The numbers to report. */
  summary: LayerSummary;
  /** Σ (D, D) of the correlated Gaussian. */
  covariance: Matrix;
  /** var·I (D, D) of the independent Gaussian. */
  independent: Matrix;
  /** What the reader should know, one sentence each; empty when all is well. */
  warnings: string[];
}

/**
 * Fits both Gaussians to one layer (SPEC §6).
 *
 * Fewer samples than dimensions are welcome (τ makes up for them), fewer than 9 are not: τ is
 * chosen by 3-fold cross-validation inside 3-fold cross-validation.
 *
 * @throws {TypeError} If the kernels do not have 4 axes.
 * @throws {RangeError} If a value is not finite, there are fewer than 9 samples, or all are equal.
 */
export async function fitLayer(layer: LayerKernels): Promise<LayerFit> {
  const { name, rank, reason, kernels } = layer;
  const broken = Array.prototype.findIndex.call(kernels.data, (value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw new RangeError(`Cannot fit ${name}: value ${broken} is ${kernels.data[broken]}`);
  }
  const samples = centre(kernelSamples(kernels, rank));
  const [count, dimensions] = samples.shape;
  if (count < MIN_SAMPLES) {
    throw new RangeError(
      `Cannot fit ${name}: ${count} kernels are fewer than the ${MIN_SAMPLES} that ` +
        `cross-validation needs (3 folds of 3 folds); train more trials or wider layers`,
    );
  }
  const spread = variance(samples);
  if (spread === 0) {
    throw new RangeError(`Cannot fit ${name}: all ${count} kernels are equal, so nothing varies`);
  }

  const { tikhonov, validation } = await chooseTikhonov(samples);
  const covariance = covarianceOf(samples, tikhonov);
  const heldOut = await heldOutLogLikelihood(samples);
  // A filter of rank 2 is C samples, one a channel; independent, so their log-densities add up.
  const perFilter = rank === 2 ? kernels.shape[3] : 1;

  const summary: LayerSummary = {
    name,
    rank,
    ...reason !== undefined && { reason },
    samples: count,
    dimensions,
    tikhonov,
    validation,
    logLikelihood: {
      independent: heldOut.independent * perFilter,
      correlated: heldOut.correlated * perFilter,
    },
  };
  return {
    summary,
    covariance,
    independent: addDiagonal(zeros(dimensions, dimensions), spread),
    warnings: doubtLayer(summary),
  };
}

/**
 * What speaks against a layer's fit, one sentence each: τ at the end of its range; a correlated Gaussian
 * that foresees kernels no better than the independent one (a single number has nothing to correlate).
 */
export function doubtLayer(
  { name, dimensions, tikhonov, logLikelihood }: Omit<
    LayerSummary,
    "rank" | "reason" | "validation"
  >,
): string[] {
  const [lowest, highest] = [TIKHONOV[0], TIKHONOV[TIKHONOV.length - 1]];
  const { independent, correlated } = logLikelihood;
  return [
    ...tikhonov === lowest || tikhonov === highest
      ? [
        `${name}: the best Tikhonov constant ${tikhonov.toExponential(1)} is an end of the range ` +
        `${lowest.toExponential()} … ${highest.toExponential()}, so a better one may lie outside`,
      ]
      : [],
    ...correlated <= independent && dimensions > 1
      ? [
        `${name}: kernels that the fit has not seen are no likelier under the correlated Gaussian ` +
        `(${correlated.toFixed(2)}) than under the independent one (${independent.toFixed(2)}), ` +
        `so they share no structure that SK-reg could use; train more trials, or longer`,
      ]
      : [],
  ];
}
