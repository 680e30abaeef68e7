import { submit } from "../../src/gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { createTensor } from "../../src/gpu/tensor.ts";
import { fill } from "../../src/doctor/stored.ts";
import { createFlat, dropout } from "../../src/nn/dropout.ts";
import { arrayOf } from "../../src/reference/array.ts";
import * as twins from "../../src/reference/dropout.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

/** The values of ones after dropout, by trial. */
async function dropOnes(seeds: number[], step: number, inputs = 999): Promise<Float32Array[]> {
  const trials = seeds.length;
  const ones = new Float32Array(trials * inputs).fill(1);
  const map = createSheet(gpu, "map", [trials, 1, 1, Math.ceil(inputs / 4)]);
  const x = createFlat(gpu, "x", [trials, 1], inputs);
  uploadSheet(gpu, map, fill(ones, inputs, 4 * Math.ceil(inputs / 4)));
  const size = { height: 1, width: 1, channels: inputs };
  const buffers = {
    map,
    x,
    seeds: createTensor(gpu, "seeds", [trials], Uint32Array.from(seeds)),
    clock: createTensor(gpu, "clock", [64], new Uint32Array(64).fill(step)),
  };
  submit(gpu, [await dropout(gpu, { rate: 0.25, layer: 1 }, size, buffers)]);
  const all = await downloadSheet(gpu, x);
  const line = all.length / trials;
  return seeds.map((_, trial) => all.slice(trial * line, trial * line + inputs));
}

Deno.test("dropout keeps 1 − rate of the values and their mean", async () => {
  const [values] = await dropOnes([7], 3, 20000);
  const kept = values.filter((value) => value > 0).length / values.length;
  assert(Math.abs(kept - 0.75) < 0.01, `kept ${kept}`);
  assert(values.every((value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6));
});

Deno.test("dropout draws the same for a trial alone as among others, and anew each step", async () => {
  const [, among] = await dropOnes([5, 6, 7], 3);
  const [alone] = await dropOnes([6], 3);
  assertEquals(among, alone);
  const [later] = await dropOnes([6], 4);
  const [other] = await dropOnes([7], 3);
  for (const values of [later, other]) {
    const same = values.filter((value, i) => value === alone[i]).length / values.length;
    assert(Math.abs(same - 0.625) < 0.06, `${same} of the values agree`); // 0.75² + 0.25²
  }
});

Deno.test("dropout's random numbers are independent along inputs and steps", () => {
  const count = 20000;
  const ones = arrayOf([count], new Float64Array(count).fill(1));
  const mask = (step: number, seed: number) =>
    twins.dropout(ones, { rate: 0.5, seed, step, layer: 0 }).data.map((value) => value - 1);
  for (let draw = 0; draw < 8; draw++) {
    const seed = Math.imul(draw + 1, 0x9e3779b9) >>> 0;
    const values = mask(draw, seed), next = mask(draw + 1, seed);
    // A correlation of random signs is 0 ± 1/√count.
    const correlations = [1, 2, 3, 8, 64, 128, 1568].map((lag) =>
      values.reduce((sum, value, i) => sum + value * (values[i + lag] ?? 0), 0)
    ).concat(values.reduce((sum, value, i) => sum + value * next[i], 0));
    const worst = Math.max(...correlations.map(Math.abs)) / Math.sqrt(count);
    assert(worst < 4.5, `draw ${draw}: a correlation ${worst} standard errors from 0`);
  }
});
