/**
 * Adam's shader against its twin.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download, upload } from "../gpu/tensor.ts";
import { ADAM, adam, adamRates } from "../nn/adam.ts";
import * as twins from "../reference/adam.ts";
import { type Case, relative, ROUNDING } from "./case.ts";
import { between, normals } from "./draws.ts";

/** Two steps in the middle of a training, with a rate so large that each moves every parameter. */
export const adamCase: Case = async (gpu, random) => {
  const [trials, row] = [between(random, 2, 3), 4 * between(random, 1, 170)];
  const shape = [trials, row];
  const options = { ...ADAM, lr: 0.5 + random.uniform(), decay: 0.1 * random.uniform() };
  const first = between(random, 0, 5);
  const values = { parameters: normals(random, shape), m: normals(random, shape) };
  const v = normals(random, shape).map((value) => value ** 2);
  const tensors = {
    gradients: createTensor(gpu, "gradients", shape),
    rates: createTensor(gpu, "rates", [first + 2], adamRates(options, first + 2)),
    clock: createTensor(gpu, "clock", [64]),
    m: createTensor(gpu, "m", shape, values.m),
    v: createTensor(gpu, "v", shape, v),
    parameters: createTensor(gpu, "parameters", shape, values.parameters),
  };
  const step = await adam(gpu, options, tensors);
  let state: twins.AdamState = {
    parameters: Float64Array.from(values.parameters),
    m: Float64Array.from(values.m),
    v: Float64Array.from(v),
  };
  for (const t of [first, first + 1]) {
    const gradients = normals(random, shape);
    upload(gpu, tensors.gradients, gradients);
    upload(gpu, tensors.clock, new Uint32Array(64).fill(t));
    submit(gpu, [step]);
    state = twins.adam(options, state, Float64Array.from(gradients), t);
  }
  const results = await download(gpu, [tensors.parameters, tensors.m, tensors.v]);
  const expected = [state.parameters, state.m, state.v];
  return {
    shape: `${trials} trials × ${row} parameters, steps ${first + 1} and ${first + 2}`,
    error: Math.max(...results.map((result, i) => relative(result, expected[i]))),
    bound: ROUNDING,
  };
};
