/**
 * Where a prior comes from: a folder that `fit` wrote, or the one that is built in, `box/`, which
 * CONTRIBUTING.md tells how to make anew. Its matrices are `fit`'s files in Base64, so that they can be
 * imported like any text, from a published package too.
 *
 * @module
 */
import { exists } from "../io/files.ts";
import { type NdArray, parseNpy, readNpy } from "../io/npy.ts";
import type { GaussianShape } from "../prior/choose_gaussians.ts";
import { rankOf } from "../prior/kernels.ts";
import { DEFAULT_FOLDERS } from "../runs/default_folders.ts";
import { findCovariances } from "../runs/find_run.ts";
import conv1 from "./box/conv1_cov_rank3.npy.base64" with { type: "text" };
import conv2 from "./box/conv2_cov_rank2.npy.base64" with { type: "text" };
import conv3 from "./box/conv3_cov_rank2.npy.base64" with { type: "text" };
// The page has it without `validation` (tasks/lab_site): nothing here reads that.
import boxSummary from "./box/summary.json" with { type: "json" };
import { fitDoubts, readPriorDoubts } from "./prior_doubts.ts";

/** A fitted Gaussian. */
export interface OpenGaussian extends GaussianShape {
  /** What errors call it. */
  name: string;
  /** Σ (D, D) where it is well-formed, which nobody has checked yet. */
  covariance: NdArray;
}

/** A prior. */
export interface OpenPrior {
  /** The folder; null for the built-in one. */
  dir: string | null;
  /** What errors and other texts call it. */
  source: string;
  /** Networks whose kernels the built-in one was fitted to. */
  networks?: number;
  /** From the image on. */
  gaussians: OpenGaussian[];
  /** What the fit had to say of it, one sentence each; empty when all is well. */
  doubts: string[];
}

/**
 * Opens a prior.
 *
 * @param dir The folder; by default data/gaussian_fit, or where that is missing the built-in prior.
 * @throws {Failure} "input", naming the folder or the file that is missing or cannot be read.
 */
export async function openPrior(dir?: string): Promise<OpenPrior> {
  const folder = dir ?? DEFAULT_FOLDERS.prior;
  if (dir === undefined && !await exists(folder)) return openBuiltIn();
  const files = await findCovariances(folder);
  const gaussians = await Promise.all(files.map(async ({ path, ...of }) => {
    const covariance = await readNpy(path), [dimensions = 0] = covariance.shape;
    return { ...of, dimensions, name: path, covariance };
  }));
  return { dir: folder, source: folder, gaussians, doubts: await readPriorDoubts(folder) };
}

/** Opens the built-in prior. */
export function openBuiltIn(): OpenPrior {
  const gaussians = [conv1, conv2, conv3].map((text, i) => {
    const name = `conv${i + 1} of the built-in prior`;
    const covariance = parseNpy(Uint8Array.fromBase64(text), name);
    const rank = rankOf(i + 1);
    return { layer: i + 1, rank, dimensions: covariance.shape[0], name, covariance };
  });
  const source = "the built-in prior", networks = boxSummary.trials;
  const doubts = fitDoubts(boxSummary).map((text) => `${source}: ${text}`);
  return { dir: null, source, networks, gaussians, doubts };
}
