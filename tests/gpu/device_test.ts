import { openGpu } from "../../src/gpu/device.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../helpers/assert.ts";
import { changed, webgpuWith } from "../helpers/adapters.ts";
import { replaced } from "../helpers/replaced.ts";

const MAP_READ_AND_STORAGE = 0x81; // WebGPU forbids the pair

/** A macrotask, on which the device reports errors and its loss. */
const macrotask = () => new Promise((resolve) => setTimeout(resolve, 20));

Deno.test("openGpu without an adapter says what to install", async () => {
  const blind = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await assertRejects(() => openGpu({ webgpu: blind }), Error, "no adapter. Run ./setup");
});

Deno.test("openGpu names the adapter and asks for all it offers to buffers", async () => {
  const gpu = await openGpu();
  assert(gpu.adapter.name.length > 0);
  const { maxStorageBufferBindingSize } = gpu.adapter.limits;
  assertEquals(gpu.device.limits.maxStorageBufferBindingSize, maxStorageBufferBindingSize);
  gpu.close();
  await macrotask();
  gpu.check(); // closing is no loss
});

Deno.test("guard reports what WebGPU would pass over in silence, and works again afterwards", async () => {
  const gpu = await openGpu();
  const spoil = () => gpu.device.createBuffer({ size: 4, usage: MAP_READ_AND_STORAGE });
  await assertRejects(() => gpu.guard("make a buffer", spoil), Error, "Cannot make a buffer: ");
  await assertRejects(
    () =>
      gpu.guard("make a buffer", () => {
        throw new TypeError("thrown inside");
      }),
    TypeError,
    "thrown inside",
  );
  assertEquals(await gpu.guard("do nothing", () => 7), 7);
  gpu.close();
});

Deno.test("check throws the first error that no guard caught", async () => {
  const gpu = await openGpu();
  gpu.check();
  gpu.device.createBuffer({ size: 4, usage: MAP_READ_AND_STORAGE });
  await macrotask();
  assertThrows(() => gpu.check(), Error, "The GPU reported an error: ");
  await assertRejects(() => gpu.guard("do nothing", () => 7), Error, "The GPU reported an error: ");
  gpu.close();
});

Deno.test("check throws when the device is lost", async () => {
  const gpu = await openGpu();
  gpu.device.destroy();
  await macrotask();
  assertStringIncludes(assertThrows(() => gpu.check()).message, "The GPU was lost (destroyed)");
});

Deno.test("openGpu refuses a device that computes wrongly, with the two answers", async () => {
  const subtracting = webgpuWith({
    device: (device) => ({
      createShaderModule: ({ code, ...rest }: GPUShaderModuleDescriptor) =>
        device.createShaderModule({
          ...rest,
          code: code.replaceAll("* factor + term", "* factor - term"),
        }),
    }),
  });
  const open = () => openGpu({ webgpu: subtracting });
  const says =
    "the start-up test failed: it computed -1.999969482421875 where 1.999969482421875 is right";
  await assertRejects(open, Error, says);
});

Deno.test("openGpu refuses a device that runs nothing", async () => {
  using _ = replaced(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => {});
  await assertRejects(() => openGpu(), Error, "The GPU did not run 1 of 1 dispatches");
});

Deno.test("openGpu names the adapter that gives no device", async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const refusing = changed(adapter, {
    requestDevice: () => Promise.reject(new DOMException("no memory\nat all", "OperationError")),
  });
  const webgpu = { requestAdapter: () => Promise.resolve(refusing) } as unknown as GPU;
  const { message } = await assertRejects(() => openGpu({ webgpu }));
  assertEquals(message, `Cannot open ${adapter.info.description}: no memory`);
});

Deno.test("download names the loss of a device that its driver took away", async () => {
  const { promise: lost, resolve: lose } = Promise.withResolvers<unknown>();
  const gpu = await openGpu({ webgpu: webgpuWith({ device: () => ({ lost }) }) });
  const x = createTensor(gpu, "x", [1]);
  lose({ reason: "unknown", message: "the driver was reset" });
  const read = () => download(gpu, [x]);
  await assertRejects(read, Error, "The GPU was lost (unknown): the driver was reset");
  gpu.close();
});

Deno.test("openGpu asks for a known answer in no time", async () => {
  (await openGpu()).close(); // the driver compiles the shader once
  const start = performance.now();
  for (let i = 0; i < 5; i++) (await openGpu()).close();
  const ms = (performance.now() - start) / 5;
  assert(ms < 250, `it took ${ms} ms`); // 20 on an idle machine, 12 of them the answer
});
