/**
 * The shader that sums partial gradients against its twin.
 *
 * @module
 */
import { bind, dispatchSize, submit } from "../gpu/shader.ts";
import { createTensor, download } from "../gpu/tensor.ts";
import { sumPartials } from "../nn/partials.ts";
import { arrayOf } from "../reference/array.ts";
import { sumPartials as twin } from "../reference/conv_pool.ts";
import { type Case, ofTrials, relative, ROUNDING, trialOf } from "./case.ts";
import { between, normals, poison } from "./draws.ts";

/** The case binds the shader by itself, as a layer hands out no partial sums. */
export const sumPartialsCase: Case = async (gpu, random) => {
  const trials = between(random, 2, 3);
  const [count, size] = [between(random, 1, 40), between(random, 1, 99)];
  const [weights, offset] = [between(random, 0, size), between(random, 0, 9)];
  const bias = offset + weights + between(random, 0, 9);
  const row = bias + size + between(random, 0, 9);
  const values = normals(random, [trials, count, size]);
  const partials = createTensor(gpu, "partials", [trials, count, size], values);
  const gradients = createTensor(gpu, "gradients", [trials, row], poison([trials, row]));
  const slices = 2 ** between(random, 0, 4);
  const step = await bind(gpu, sumPartials, {
    buffers: { partials, gradients },
    constants: {
      LANES: 64,
      SLICES: slices,
      PARTIALS: count,
      SIZE: size,
      WEIGHTS: weights,
      OFFSET: offset,
      BIAS: bias,
      ROW: row,
    },
    workgroups: dispatchSize(size, trials, 64 / slices),
  });
  submit(gpu, [step]);
  const [actual] = await download(gpu, [gradients]);
  const expected = ofTrials(trials, (trial) => {
    const sums = arrayOf([row], poison([row]));
    const { data } = twin(trialOf(values, [count, size], trial));
    sums.data.set(data.subarray(0, weights), offset);
    sums.data.set(data.subarray(weights), bias);
    return sums;
  });
  const shape = `${trials} trials × ${count} partial sums of ${size}, ${slices} slices`;
  return { shape, error: relative(actual, expected), bound: ROUNDING };
};
