/**
 * The search for numbers that are not finite against its twin.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download, upload } from "../gpu/tensor.ts";
import { createFlags, findNonFinite, FLAGGED } from "../nn/finite.ts";
import * as twins from "../reference/finite.ts";
import { type Case, different, words } from "./case.ts";
import { between, normals, poison } from "./draws.ts";

/** Numbers that are not finite; the first NaN is the one that x86 makes of 0/0. */
const STRANGE = new Float32Array(
  Uint32Array.of(0xffc00000, 0x7f800001, 0x7f800000, 0xff800000).buffer,
);
/** Finite numbers that look strange: the largest, the smallest. */
const FINITE = Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -0);

export const findNonFiniteCase: Case = async (gpu, random) => {
  const [trials, row] = [between(random, 4, 9), 4 * between(random, 1, 10_000)];
  const [parameters, m, v] = [0, 1, 2].map(() => normals(random, [trials, row]));
  for (let trial = 0; trial < trials; trial++) {
    const place = () => trial * row + random.integer(row);
    for (const value of FINITE) [parameters, m, v][random.integer(3)][place()] = value;
    if (trial % 2 === 0) continue;
    [parameters, m, v][random.integer(3)][place()] = STRANGE[random.integer(STRANGE.length)];
  }
  const tensors = {
    parameters: createTensor(gpu, "parameters", [trials, row], parameters),
    m: createTensor(gpu, "m", [trials, row], m),
    v: createTensor(gpu, "v", [trials, row], v),
    flags: createFlags(gpu, trials, row),
  };
  const [, parts] = tensors.flags.shape;
  upload(gpu, tensors.flags, poison([trials, parts]));
  submit(gpu, [await findNonFinite(gpu, tensors)]);
  const [flags] = await download(gpu, [tensors.flags]);
  const expected = Float64Array.from({ length: trials * parts }, (_, i) => {
    const start = Math.floor(i / parts) * row, first = i % parts * FLAGGED;
    const own = (data: Float32Array) =>
      data.subarray(start + first, start + Math.min(row, first + FLAGGED));
    return twins.findNonFinite(own(parameters), own(m), own(v));
  });
  return {
    shape:
      `${trials} trials × ${row} numbers in ${parts} parts, every second one with one not finite`,
    error: different(words(flags), expected),
    bound: 0,
  };
};
