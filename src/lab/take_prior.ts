/**
 * A prior that a visitor brings: a fit's folder, or weights, to which one is fitted.
 *
 * @module
 */
import { fit } from "../experiments/fit.ts";
import { Failure } from "../failure.ts";
import { FIT_FILE } from "../runs/file_names.ts";
import type { Disk } from "./memory_disk.ts";
import type { Given } from "./protocol.ts";
import { unpackGiven } from "./unpack_given.ts";

/** Files of weights. */
const WEIGHTS = /\.(h5|hdf5|keras|safetensors|npz)$/i;
/** Where they lie meanwhile. */
const BROUGHT = "brought";

const nameOf = ({ path }: Given[number]) => path.slice(path.lastIndexOf("/") + 1);

/** Replaces the prior. @throws {Failure} "input" where what was given holds none. */
export async function takePrior(disk: Disk, dir: string, given: Given): Promise<void> {
  const files = await unpackGiven(given);
  const ofFit = files.filter((one) => FIT_FILE.test(nameOf(one)));
  const names = ofFit.map(nameOf);
  if (names.includes("summary.json") && names.some((name) => name.endsWith(".npy"))) {
    if (disk.find(dir)) disk.remove(dir, true);
    return await put(disk, dir, ofFit.map((one) => ({ ...one, path: nameOf(one) })));
  }
  const weights = files.filter(({ path }) => WEIGHTS.test(path));
  if (weights.length === 0) {
    throw new Failure(
      "input",
      `Cannot take a prior from ${
        files[0]?.path ?? "an empty folder"
      }: it is neither of the folder ` +
        "that the fit writes (summary.json, conv1_cov_rank3.npy, …) nor weights (.h5, .keras, " +
        ".safetensors, .npz)",
    );
  }
  try {
    const apart = withOwnPaths(weights);
    await put(disk, BROUGHT, apart);
    const paths = apart.map(({ path }) => `${BROUGHT}/${path}`);
    await fit({ weights: paths, gaussianDir: dir, overwrite: true });
  } finally {
    disk.remove(BROUGHT, true);
  }
}

/** The files, those that have another's path in a folder of their own: networks of all runs have one name. */
function withOwnPaths(files: Given): Given {
  const paths = files.map(({ path }) => path);
  return files.map(({ path, file }, i) => ({
    path: paths.indexOf(path) < i ? `${i}/${path}` : path,
    file,
  }));
}

async function put(disk: Disk, dir: string, files: Given): Promise<void> {
  for (const { path, file } of files) {
    const target = `${dir}/${path}`;
    disk.makeFolder(target.replace(/\/[^/]*$/, ""), true);
    disk.put(target, new Uint8Array(await file.arrayBuffer()));
  }
}
