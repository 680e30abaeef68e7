/**
 * The dropout shaders against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor, sizeOf } from "../gpu/tensor.ts";
import { createFlat, dropout, multiply } from "../nn/dropout.ts";
import { quads } from "../nn/layout.ts";
import * as twins from "../reference/dropout.ts";
import { type Case, different, ofTrials, relative, ROUNDING, trialOf } from "./case.ts";
import { between, coin, normals, poison } from "./draws.ts";
import { drawClock } from "./slots.ts";
import { fill, toSheet } from "./stored.ts";

/** Which values are dropped must agree exactly; the rest is as good as a division. */
export const dropoutCase: Case = async (gpu, random) => {
  const [trials, batch] = [between(random, 2, 3), 3];
  const size = [between(random, 1, 4), between(random, 1, 4), between(random, 1, 9)] as const;
  const [height, width, channels] = size, map = { height, width, channels };
  const inputs = sizeOf(size);
  const rate = coin(random) ? 0 : Math.fround(0.9 * random.uniform());
  const layer = random.integer(3);
  const values = normals(random, [trials, batch, inputs]);
  const seeds = new Uint32Array(trials).map(() => random.integer(2 ** 32));
  const clock = drawClock(random);
  const buffers = {
    map: createSheet(gpu, "map", [trials, batch, height, width * quads(channels)]),
    x: createFlat(gpu, "x", [trials, batch], inputs),
    seeds: createTensor(gpu, "seeds", [trials], seeds),
    clock: createTensor(gpu, "clock", [64], clock),
  };
  uploadSheet(gpu, buffers.map, toSheet(values, size, { ...map, top: 0, left: 0 }));
  uploadSheet(gpu, buffers.x, poison([4 * sizeOf(buffers.x.shape)]));
  submit(gpu, [await dropout(gpu, { rate, layer }, map, buffers)]);
  const actual = await downloadSheet(gpu, buffers.x);
  const flat = ofTrials(trials, (trial) => {
    const draw = { rate, seed: seeds[trial], step: clock[0], layer };
    return twins.dropout(trialOf(values, [batch, inputs], trial), draw);
  });
  const expected = fill(flat, inputs, actual.length / (trials * batch));
  const dropped = (x: Float32Array) => x.map((value) => value === 0 ? 1 : 0);
  const samePattern = different(dropped(actual), dropped(expected)) === 0;
  return {
    shape: `${trials} trials × ${batch} maps ${size.join("×")}, rate ${rate.toFixed(3)}`,
    error: samePattern ? relative(actual, expected) : Infinity,
    bound: ROUNDING,
  };
};

export const multiplyCase: Case = async (gpu, random) => {
  const [trials, batch, inputs] = [between(random, 2, 3), 3, between(random, 1, 99)];
  const shape = [trials, batch, inputs];
  const [values, masks] = [normals(random, shape), normals(random, shape)];
  const map = createFlat(gpu, "map", [trials, batch], inputs);
  const x = createFlat(gpu, "x", [trials, batch], inputs);
  const size = 4 * sizeOf(map.shape.slice(2));
  uploadSheet(gpu, map, fill(values, inputs, size));
  uploadSheet(gpu, x, poison([4 * sizeOf(x.shape)]));
  const factors = createTensor(gpu, "factors", shape, masks);
  submit(gpu, [await multiply(gpu, { map, factors, x })]);
  const product = twins.multiply(trialOf(values, shape, 0), trialOf(masks, shape, 0)).data;
  const error = relative(await downloadSheet(gpu, x), fill(product, inputs, size));
  return { shape: shape.join("×"), error, bound: ROUNDING };
};
