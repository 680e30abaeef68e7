import { checkShaders, SHADER_CASES, type ShaderCheck } from "../src/doctor.ts";
import { openGpu } from "../src/gpu/device.ts";
import { assert, assertEquals } from "./assert.ts";
import { gpu } from "./device.ts";

Deno.test("SHADER_CASES has one case for each file of shaders/", async () => {
  const files = await Array.fromAsync(Deno.readDir(`${import.meta.dirname}/../shaders`));
  const names = files.map(({ name }) => name.replace(".wgsl", "")).sort();
  assertEquals(Object.keys(SHADER_CASES).sort(), names);
});

Deno.test("checkShaders reports every shader once, and says whether all are within bounds", async () => {
  const checks: ShaderCheck[] = [];
  const healthy = await checkShaders(gpu, { seed: 2, rounds: 1 }, (check) => checks.push(check));
  assert(healthy, JSON.stringify(checks.filter(({ error, bound }) => error > bound)));
  assertEquals(checks.map(({ shader }) => shader), Object.keys(SHADER_CASES));
  assert(checks.every(({ shape, error }) => shape.length > 0 && error >= 0));
});

Deno.test("checkShaders fails on every shader where a GPU does nothing", async () => {
  const idle = await openGpu();
  const { device } = idle;
  const createEncoder = device.createCommandEncoder.bind(device);
  const pass = { setPipeline() {}, setBindGroup() {}, dispatchWorkgroups() {}, end() {} };
  device.createCommandEncoder = () =>
    Object.assign(createEncoder(), {
      beginComputePass: () => pass as unknown as GPUComputePassEncoder,
    });
  const passed: string[] = [];
  const healthy = await checkShaders(idle, { seed: 2, rounds: 1 }, ({ shader, error, bound }) => {
    if (error <= bound) passed.push(shader);
  });
  assertEquals([healthy, passed], [false, []]);
  idle.close();
});
