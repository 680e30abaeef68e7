import { openGpu } from "../../src/gpu/device.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";

const MAP_READ_AND_STORAGE = 0x81; // WebGPU forbids the pair

/** A macrotask, on which the device reports errors and its loss. */
const macrotask = () => new Promise((resolve) => setTimeout(resolve, 20));

Deno.test("openGpu without an adapter says what to install", async () => {
  const blind = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await assertRejects(() => openGpu(blind), Error, "no adapter. Run ./setup");
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
