/**
 * The dropout shaders against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download } from "../gpu/tensor.ts";
import { dropout, multiply } from "../nn/dropout.ts";
import * as twins from "../reference/dropout.ts";
import {
  between,
  type Case,
  different,
  normals,
  ofTrials,
  relative,
  ROUNDING,
  trialOf,
} from "./case.ts";
import { drawClock } from "./slots.ts";

/** Which values are dropped must agree exactly; the rest is as good as a division. */
const dropoutCase: Case = async (gpu, random) => {
  const shape = [between(random, 2, 3), 3, between(random, 1, 99)];
  const [trials, batch, inputs] = shape;
  const [rate, layer] = [Math.fround(0.9 * random.uniform()), random.integer(3)];
  const values = normals(random, shape);
  const seeds = new Uint32Array(trials).map(() => random.integer(2 ** 32));
  const clock = drawClock(random);
  const tensors = {
    x: createTensor(gpu, "x", shape, values),
    seeds: createTensor(gpu, "seeds", [trials], seeds),
    clock: createTensor(gpu, "clock", [64], clock),
  };
  submit(gpu, await dropout(gpu, { rate, layer }, tensors));
  const [actual] = await download(gpu, [tensors.x]);
  const expected = ofTrials(trials, (trial) => {
    const draw = { rate, seed: seeds[trial], step: clock[0], layer };
    return twins.dropout(trialOf(values, [batch, inputs], trial), draw);
  });
  const dropped = (x: Float32Array | Float64Array) => x.map((value) => value === 0 ? 1 : 0);
  const samePattern = different(dropped(actual), dropped(expected)) === 0;
  return {
    shape: `${trials} trials × ${batch} images × ${inputs}, rate ${rate.toFixed(3)}`,
    error: samePattern ? relative(actual, expected) : Infinity,
    bound: ROUNDING,
  };
};

const multiplyCase: Case = async (gpu, random) => {
  const shape = [between(random, 2, 3), 3, between(random, 1, 99)];
  const [values, factors] = [normals(random, shape), normals(random, shape)];
  const x = createTensor(gpu, "x", shape, values);
  submit(gpu, await multiply(gpu, x, createTensor(gpu, "factors", shape, factors)));
  const [actual] = await download(gpu, [x]);
  const expected = twins.multiply(trialOf(values, shape, 0), trialOf(factors, shape, 0)).data;
  return { shape: shape.join("×"), error: relative(actual, expected), bound: ROUNDING };
};

/** By shader. */
export const dropoutCases = {
  dropout: dropoutCase,
  multiply: multiplyCase,
} satisfies Record<string, Case>;
