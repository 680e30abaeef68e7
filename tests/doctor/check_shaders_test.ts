import { isRight } from "../../src/doctor/case.ts";
import {
  checkShader,
  checkShaders,
  SHADER_CASES,
  type ShaderCheck,
  shadersFor,
} from "../../src/doctor/check_shaders.ts";
import { type Gpu, openGpu } from "../../src/gpu/device.ts";
import { createRandom, mixSeed } from "../../src/random.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { gpu, withLimits } from "../helpers/device.ts";
import { replaced } from "../helpers/replaced.ts";

/** The same everywhere: what is compiled once serves all tests. */
const SEED = 2;

Deno.test("SHADER_CASES has one case for each file of shaders/", async () => {
  const files = await Array.fromAsync(Deno.readDir(`${import.meta.dirname}/../../shaders`));
  const names = files.map(({ name }) => name.replace(".wgsl", "")).sort();
  assertEquals(Object.keys(SHADER_CASES).sort(), names);
});

Deno.test("checkShaders reports every shader once, and says whether all are within bounds", async () => {
  const checks: ShaderCheck[] = [];
  const healthy = await checkShaders(gpu, { seed: SEED, rounds: 1 }, (check) => checks.push(check));
  assert(healthy, JSON.stringify(checks.filter((check) => !isRight(check))));
  assertEquals(checks.map(({ shader }) => shader), shadersFor(gpu.tunedFor));
  assert(checks.every(({ shape, error }) => shape.length > 0 && error >= 0));
});

Deno.test("checkShader takes the paper's shape where it is asked to", async () => {
  for (
    const [shader, shape] of [
      ["conv", "81×41×3, 5 filters 5×5 stride 2, pool 3×3 stride 3"],
      ["smooth_kernel", "conv 5×5×3×"],
    ]
  ) {
    const check = await checkShader(gpu, shader, createRandom(1), true);
    assert(check.shape.includes(shape), check.shape);
  }
});

Deno.test("checkShader leaves nothing on the GPU", async () => {
  const { device } = gpu, { createBuffer } = device;
  const buffers: GPUBuffer[] = [];
  using _ = replaced(device, "createBuffer", (options) => {
    const buffer = createBuffer.call(device, options);
    const destroy = buffer.destroy.bind(buffer);
    buffers.push(buffer);
    buffer.destroy = () => {
      buffers.splice(buffers.indexOf(buffer), 1);
      destroy();
    };
    return buffer;
  });
  const check = (shader: string) => checkShader(gpu, shader, createRandom(mixSeed(SEED, 0)), true);
  for (const shader of Object.keys(SHADER_CASES)) await check(shader);
  assertEquals(buffers.map(({ label }) => label), []);
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
  // Without the proof that dispatches ran, which would end the doctor at the first shader.
  const trusting: Gpu = {
    ...idle,
    scope: (run) =>
      idle.scope((own) => {
        own.proof.pending.add = () => own.proof.pending;
        Object.defineProperty(own.proof, "last", { set() {} });
        return run(own);
      }),
  };
  const healthy = await checkShaders(trusting, { seed: SEED, rounds: 1 }, (check) => {
    if (isRight(check)) passed.push(check.shader);
  });
  assertEquals([healthy, passed], [false, []]);
  idle.close();
});

Deno.test("shaders find their blocks on small textures, where these stand in several columns", async () => {
  const small = withLimits({ maxTextureDimension2D: 64 });
  for (const shader of ["dense", "dense_backward_input", "dense_backward_kernel", "dropout"]) {
    for (const seed of [1, 2, 3]) {
      const { error, bound, shape } = await checkShader(small, shader, createRandom(seed));
      assert(error <= bound, `${shader}: ${error} > ${bound} at ${shape}`);
    }
  }
});
