/**
 * Finds what an earlier run left, starting from what a user names.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { Failure } from "../failure.ts";
import { diskError, look } from "../io/files.ts";
import type { GaussianShape } from "../prior/choose_gaussians.ts";
import * as files from "./file_names.ts";

/**
 * Finds trained networks.
 *
 * @param path A weights file, a trial's folder, or the folder of several trials.
 * @returns Paths of weights files, by number of the trial; at least one.
 * @throws {Error} naming the path if it is missing or holds none.
 */
export async function findWeights(path: string): Promise<string[]> {
  const info = await Deno.stat(path).catch((error) => {
    throw diskError("find trained networks in", path, error);
  });
  if (!info.isDirectory) return [path];
  if (await files.isTrialFinished(path)) return [files.weightsFile(path)];
  const trials = await files.listTrials(path).catch(() => {
    throw new Failure(
      "input",
      `Cannot find trained networks in ${path}: it holds neither cnn.h5 nor trial000/cnn.h5; ` +
        `name a weights file, or the folder that holds it or its trials (in a grid l2_alpha…)`,
    );
  });
  return trials.map(files.weightsFile);
}

/**
 * Lists the summaries that may speak of a weights file: beside it, and up to two folders above it (a
 * trial of a grid lies two below).
 *
 * @returns Paths of the summary.json that are there, the nearest first.
 */
export async function findSummaries(weights: string): Promise<string[]> {
  const dir = dirname(weights);
  const candidates = [dir, join(dir, ".."), join(dir, "../..")].map(files.summaryFile);
  const there = await Promise.all(candidates.map(files.isFile));
  return candidates.filter((_, i) => there[i]);
}

/** A fitted covariance on disk. */
export type CovarianceFile = Pick<GaussianShape, "layer" | "rank"> & {
  /** Where it lies. */ path: string;
};

/**
 * Lists the covariances of a fit, from the first conv layer on; of the layer's usual rank (SPEC §4), or
 * where only that is there of the other one.
 *
 * @throws {Error} naming the folder if it holds none of the first layer.
 */
export async function findCovariances(gaussianDir: string): Promise<CovarianceFile[]> {
  const found: CovarianceFile[] = [];
  for (let layer = 1; found.length === layer - 1; layer++) {
    for (const rank of layer === 1 ? [3, 2] as const : [2, 3] as const) {
      const path = files.covarianceFile(gaussianDir, layer, rank);
      const isThere = found.length < layer && (await look(path, "read"))?.isFile;
      if (isThere) found.push({ layer, rank, path });
    }
  }
  if (found.length > 0) return found;
  const first = files.covarianceFile(gaussianDir, 1, 3);
  throw new Failure(
    "input",
    `Cannot find a fitted prior in ${gaussianDir}: there is no ${first}; run \`deno task fit\` ` +
      `first, or name another folder`,
  );
}
