/**
 * A prior that a visitor brings: a fit's folder, or weights, to which one is fitted.
 *
 * @module
 */
import { fit } from "../experiments/fit.ts";
import { Failure } from "../failure.ts";
import type { Disk } from "./disk.ts";
import type { Given } from "./protocol.ts";
import { unpackGiven } from "./unpack_given.ts";

/** Files that `fit` writes. */
const OF_FIT = /^(config|summary|export)\.json$|^conv\d+_\w+\.(npy|svg)$/;
/** Files of weights. */
const WEIGHTS = /\.(h5|hdf5|keras|safetensors|npz)$/i;
/** Where they lie meanwhile. */
const BROUGHT = "brought";

/** Replaces the prior. @throws {Failure} "input" where what was given holds none. */
export async function takePrior(disk: Disk, dir: string, given: Given): Promise<void> {
  const weighty = given.filter(({ path }) => WEIGHTS.test(path));
  const files = weighty.length > 0 ? weighty : await unpackGiven(given);
  const names = files.map(({ path, file }) => ({ name: path.split("/").at(-1)!, file }));
  const ofFit = names.filter(({ name }) => OF_FIT.test(name));
  const hasMatrix = ofFit.some(({ name }) => /_cov_rank\d\.npy$/.test(name));
  if (hasMatrix && ofFit.some(({ name }) => name === "summary.json")) {
    if (disk.find(dir)) disk.remove(dir, true);
    return await put(disk, dir, ofFit);
  }
  const weights = names.filter(({ name }) => WEIGHTS.test(name));
  if (weights.length === 0) {
    throw new Failure(
      "input",
      "Cannot take a prior from what was dropped: it is neither the folder that the fit writes " +
        "(summary.json, conv1_cov_rank3.npy, …) nor weights (.h5, .keras, .safetensors, .npz)",
    );
  }
  try {
    await put(disk, BROUGHT, weights);
    const paths = weights.map(({ name }) => `${BROUGHT}/${name}`);
    await fit({ weights: paths, gaussianDir: dir, overwrite: true });
  } finally {
    disk.remove(BROUGHT, true);
  }
}

async function put(disk: Disk, dir: string, files: { name: string; file: Blob }[]): Promise<void> {
  disk.makeFolder(dir, true);
  for (const { name, file } of files) {
    disk.put(`${dir}/${name}`, new Uint8Array(await file.arrayBuffer()));
  }
}
