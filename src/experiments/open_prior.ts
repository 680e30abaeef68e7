/**
 * Opens the prior that `fit` wrote.
 *
 * @module
 */
import { type NdArray, readNpy } from "../io/npy.ts";
import type { Rank } from "../prior/kernels.ts";
import { findCovariances } from "../runs/find_run.ts";
import { readPriorDoubts } from "./prior_doubts.ts";

/** Where `fit` writes if nothing else is said. */
const GAUSSIAN_DIR = "data/gaussian_fit";

/** A fitted Gaussian. */
export interface OpenGaussian {
  /** The conv layer that it was fitted to, from 1. */
  layer: number;
  /** What counts as one vector. */
  rank: Rank;
  /** D, as the matrix has it. */
  dimensions: number;
  /** What errors call it. */
  name: string;
  /** Σ (D, D) where it is well-formed, which nobody has checked yet. */
  covariance: NdArray;
}

/** A prior. */
export interface OpenPrior {
  /** The folder. */
  dir: string;
  /** What errors and other texts call it. */
  source: string;
  /** From the image on. */
  gaussians: OpenGaussian[];
  /** What the fit had to say of it, one sentence each; empty when all is well. */
  doubts: string[];
}

/**
 * Opens a prior.
 *
 * @param dir The folder; by default data/gaussian_fit.
 * @throws {Failure} "input", naming the folder or the file that is missing or cannot be read.
 */
export async function openPrior(dir?: string): Promise<OpenPrior> {
  const folder = dir ?? GAUSSIAN_DIR;
  const files = await findCovariances(folder);
  const gaussians = await Promise.all(files.map(async ({ path, ...of }) => {
    const covariance = await readNpy(path), [dimensions = 0] = covariance.shape;
    return { ...of, dimensions, name: path, covariance };
  }));
  return { dir: folder, source: folder, gaussians, doubts: await readPriorDoubts(folder) };
}
