import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { dropout } from "../../src/nn/dropout.ts";
import { arrayOf } from "../../src/reference/array.ts";
import * as twins from "../../src/reference/dropout.ts";
import { assert, assertEquals } from "../assert.ts";
import { gpu } from "../device.ts";
import { assertTwin } from "./twin.ts";

Deno.test("dropout drops exactly what its twin drops", () => assertTwin("dropout"));

/** The values of ones after dropout, by trial. */
async function dropOnes(seeds: number[], step: number, size = 999): Promise<Float32Array[]> {
  const x = createTensor(
    gpu,
    "x",
    [seeds.length, 1, size],
    new Float32Array(seeds.length * size).fill(1),
  );
  submit(
    gpu,
    await dropout(gpu, { rate: 0.25, layer: 1 }, {
      x,
      seeds: createTensor(gpu, "seeds", [seeds.length], Uint32Array.from(seeds)),
      clock: createTensor(gpu, "clock", [64], new Uint32Array(64).fill(step)),
    }),
  );
  const [all] = await download(gpu, [x]);
  return seeds.map((_, trial) => all.subarray(trial * size, (trial + 1) * size));
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

Deno.test("dropout at a rate of 0 is no step", async () => {
  const x = createTensor(gpu, "x", [1, 1, 4]);
  const tensors = { x, seeds: x, clock: x };
  assertEquals(await dropout(gpu, { rate: 0, layer: 0 }, tensors), []);
});
