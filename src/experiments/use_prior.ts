/**
 * A prior as training takes it: each conv layer's precision, and draws of its first kernels.
 *
 * @module
 */
import { judgeInput } from "../failure.ts";
import type { KernelVectors } from "../nn/initializer.ts";
import type { Layout } from "../nn/layout.ts";
import { chooseGaussians, gaussianName, type LayerPair } from "../prior/choose_gaussians.ts";
import { checkCovariance, createSampler, precision } from "../prior/gaussian.ts";
import type { Random } from "../random.ts";
import type { LayerPrior, UsedPrior } from "../runs/summaries.ts";
import { type OpenGaussian, openPrior } from "./open_prior.ts";

/** Which prior, and who takes what of it. */
export interface PriorOptions {
  /**
   * Where `fit` wrote the covariances, for "sk"; default "data/gaussian_fit", or where that is missing the
   * built-in prior.
   */
  covDir?: string;
  /**
   * Layers of the network and the layers of the prior that they take, ["conv2d_3", "conv2"]; by default
   * each takes its own, or one of the same size: see `chooseGaussians`.
   */
  priorFor?: readonly LayerPair[];
}

/**
 * Reads a prior and fits it to a network.
 *
 * @throws {Failure} "input" where it cannot be read, or a layer finds no Gaussian of its size.
 */
export async function readPrior({ convs }: Layout, { covDir, priorFor }: PriorOptions) {
  const prior = await openPrior(covDir), { dir, networks, doubts } = prior;
  const shapes = convs.map(({ kernel, channels }, i) => ({
    name: `conv2d_${i + 1}`,
    kernel,
    channels,
  }));
  const choices = await judgeInput(() =>
    Promise.try(() => chooseGaussians(shapes, prior, priorFor))
  );
  const taken = choices.flatMap(({ gaussian }) => gaussian ? [gaussian] : []);
  const values = Float64Array.from(taken.flatMap(({ covariance }) => Array.from(covariance.data)));
  const layers = await Promise.all(choices.map(({ gaussian }, i) => {
    return gaussian ? prepare(gaussian, convs[i].weights.size) : POINT;
  }));
  const used: UsedPrior = {
    covDir: dir,
    ...networks !== undefined && { networks },
    layers: choices.map(({ layer, gaussian, reason }): LayerPrior => ({
      layer,
      prior: gaussian ? gaussianName(gaussian) : null,
      ...gaussian && { rank: gaussian.rank, dimensions: gaussian.dimensions },
      reason,
    })),
  };
  return {
    used,
    doubts,
    hash: new Uint8Array(await crypto.subtle.digest("SHA-256", values)).toHex(),
    precisions: layers.map(({ precision }) => precision),
    drawKernels: (random: Random) => layers.map(({ draw }) => draw?.(random)),
  };
}

/** What training takes of a layer: S (D, D), and its first kernels unless they start as in L2. */
interface LayerTerms {
  precision: Float64Array;
  draw?: (random: Random) => KernelVectors;
}

/** A layer of 1×1 kernels without a Gaussian: rank 2, D = 1. */
const POINT: LayerTerms = { precision: Float64Array.of(1) };

/** Checks a Gaussian and makes of it what a layer of so many weights takes. */
async function prepare(
  { name, covariance, dimensions }: OpenGaussian,
  weights: number,
): Promise<LayerTerms> {
  await judgeInput(() => checkCovariance(covariance, name));
  const inverse = await judgeInput(() => precision(covariance, { unitDeterminant: true, name }));
  const draw = await createSampler(covariance), vectors = weights / dimensions;
  return {
    precision: inverse.data,
    draw: (random) => ({ dimensions, values: draw(vectors, random) }),
  };
}
