import { compileTogether } from "../../src/gpu/compile.ts";
import { type Gpu, openGpu } from "../../src/gpu/device.ts";
import { bind, defineShader, type Step, submit } from "../../src/gpu/shader.ts";
import { createTensor, download, type Tensor } from "../../src/gpu/tensor.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { webgpuWith } from "../helpers/adapters.ts";

const add = defineShader(
  "add",
  `const TERM: f32 = 1.0;
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(1)
fn main() { x[0] += TERM; }`,
  { x: "read_write" },
);

/** Binds what adds each of the terms. */
const bindAdd = (gpu: Gpu, x: Tensor, terms: number[]): Promise<Step[]> =>
  Promise.all(
    terms.map((TERM) =>
      bind(gpu, add, { buffers: { x }, constants: { TERM }, workgroups: [1, 1, 1] })
    ),
  );

/** A GPU that tells what it compiles, and how its progress is told. */
async function openTold(device?: (device: GPUDevice) => Record<string, unknown>) {
  const told: string[] = [];
  const onCompile = (done: number, total: number) => void told.push(`${done}/${total}`);
  const gpu = await openGpu({ webgpu: webgpuWith({ device }), onCompile });
  return { gpu, told, x: createTensor(gpu, "x", [1]) };
}

Deno.test("compileTogether compiles each shader once at its end, tells how many, and runs none", async () => {
  const { gpu, told, x } = await openTold();
  let pipelines: unknown[] = [];
  const steps = await compileTogether(gpu, async (gpu) => {
    const steps = await bindAdd(gpu, x, [2, 3, 2]);
    pipelines = steps.map(({ pipeline }) => pipeline);
    assertEquals(told, []);
    return steps;
  });
  assertEquals(pipelines, [undefined, undefined, undefined]);
  assertEquals(told, ["0/2", "1/2", "2/2"]);
  assert(steps[0].pipeline === steps[2].pipeline && steps[0].pipeline !== steps[1].pipeline);
  assertEquals([...(await download(gpu, [x]))[0]], [0]);
  submit(gpu, steps);
  assertEquals([...(await download(gpu, [x]))[0]], [7]);

  // What is compiled is not compiled, told or waited for again.
  let late: Gpu | undefined;
  await compileTogether(gpu, async (gpu) => {
    late = gpu;
    for (const { pipeline } of await bindAdd(gpu, x, [3])) assert(pipeline === steps[1].pipeline);
  });
  assertEquals(told.length, 3);
  const [after] = await bindAdd(late!, x, [4]); // nobody waits for it
  assert(after.pipeline);
  gpu.close();
});

Deno.test("compileTogether has the driver compile all at once", async () => {
  const { promise: three, resolve: open } = Promise.withResolvers<void>();
  let asked = 0;
  const { gpu, told, x } = await openTold((device) => ({
    async createComputePipelineAsync(descriptor: GPUComputePipelineDescriptor) {
      const pipeline = device.createComputePipelineAsync(descriptor);
      if (descriptor.label === "add" && ++asked === 3) open();
      if (descriptor.label === "add") await three;
      return await pipeline;
    },
  }));
  await compileTogether(gpu, (gpu) => bindAdd(gpu, x, [2, 3, 4])); // one after the other it would hang
  assertEquals(told, ["0/3", "1/3", "2/3", "3/3"]);
  gpu.close();
});

/** Compiles six shaders until the second is done, with a driver that does one after the other or all at once. */
async function stopEarly(isAtOnce: boolean): Promise<{ started: number; done: number }> {
  const controller = new AbortController(), terms = [2, 3, 4, 5, 6, 7];
  const { promise: all, resolve: open } = Promise.withResolvers<void>();
  let started = 0, done = 0;
  const device = (device: GPUDevice) => ({
    async createComputePipelineAsync(descriptor: GPUComputePipelineDescriptor) {
      if (descriptor.label === "add" && ++started === terms.length) open();
      if (descriptor.label === "add" && isAtOnce) await all;
      return await device.createComputePipelineAsync(descriptor);
    },
  });
  const onCompile = (count: number) => {
    done = count;
    if (done === 2) controller.abort(new Error("enough"));
  };
  const gpu = await openGpu({ webgpu: webgpuWith({ device }), onCompile });
  await gpu.scope(async (gpu) => {
    const x = createTensor(gpu, "x", [1]);
    const bindAll = (gpu: Gpu) => bindAdd(gpu, x, terms);
    await assertRejects(() => compileTogether(gpu, bindAll), Error, "enough");
  }, controller.signal);
  await gpu.settle(); // nothing was encoded that is gone
  gpu.close();
  return { started, done };
}

Deno.test("compileTogether stops at a signal, with what is compiled", async () => {
  assertEquals(await stopEarly(false), { started: 2, done: 2 });
  assertEquals(await stopEarly(true), { started: 6, done: 2 });
});

Deno.test("compileTogether names a shader that is no WGSL, among others", async () => {
  const { gpu, x } = await openTold();
  const broken = { ...add, name: "broken", source: add.source.replace("+= TERM", "+= nothing") };
  await assertRejects(
    () =>
      gpu.scope((gpu) =>
        compileTogether(gpu, async (gpu) => {
          const bound = { buffers: { x }, constants: { TERM: 9 }, workgroups: [1, 1, 1] as const };
          await bindAdd(gpu, x, [2]);
          await bind(gpu, broken, bound);
          await bindAdd(gpu, x, [3, 4]);
        })
      ),
    Error,
    "Cannot compile shaders/broken.wgsl: line 4",
  );
  gpu.close();
});
