import { openGpu } from "../../src/gpu/device.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../helpers/assert.ts";
import { DEFAULT_LIMITS, type Otherwise, webgpuWith } from "../helpers/adapters.ts";

/** Opens an adapter of this kind, and tells what is known of it. */
async function summaryOf(otherwise: Otherwise) {
  const gpu = await openGpu({ webgpu: webgpuWith(otherwise) });
  gpu.close();
  return gpu.adapter;
}

for (
  const [info, name] of [
    [{ description: "NVIDIA H100", device: "9008", vendor: "4318" }, "NVIDIA H100"],
    [{ device: "Apple M4", vendor: "apple" }, "Apple M4"],
    [{ vendor: "nvidia", architecture: "ampere" }, "nvidia ampere"], // Chrome
    [{ vendor: "apple" }, "apple"],
    [{ architecture: "rdna-3" }, "rdna-3"],
    [{ vendor: "4318", device: "9008" }, "NVIDIA 9008"],
    [{ vendor: "0", device: "0x2684" }, "0x2684"],
    [{ vendor: "0", device: "0" }, "unnamed adapter"],
    [{}, "unnamed adapter"],
  ] as const
) {
  Deno.test(`openGpu names an adapter that says ${JSON.stringify(info)}`, async () => {
    assertEquals((await summaryOf({ info })).name, name);
  });
}

for (
  const [info, software] of [
    [{ vendor: "google", architecture: "swiftshader" }, true], // Chrome
    [{ vendor: "microsoft", architecture: "warp" }, true],
    [{ description: "llvmpipe (LLVM 19.1.1, 512 bits)" }, true],
    [{ vendor: "4318", isFallbackAdapter: true }, true],
    [{ vendor: "nvidia", architecture: "ampere" }, false],
    [{}, false],
  ] as const
) {
  const where = software ? "on the CPU" : "no CPU";
  Deno.test(`openGpu sees ${where} in ${JSON.stringify(info)}`, async () => {
    assertEquals((await summaryOf({ info })).software, software);
  });
}

Deno.test("openGpu takes an adapter whose name holds what was asked for, in any case", async () => {
  const webgpu = webgpuWith({ info: { vendor: "nvidia", architecture: "ampere" } });
  for (const adapter of ["ampere", "NVIDIA A", ""]) (await openGpu({ webgpu, adapter })).close();
  const { message } = await assertRejects(() => openGpu({ webgpu, adapter: "H100" }));
  assertEquals(
    message,
    'Cannot use nvidia ampere: it is the adapter that WebGPU gives, but its name does not hold "H100", ' +
      "which was asked for; install the driver of the one that you want, or choose it (docs/GPUS.md)",
  );
});

Deno.test("openGpu names every limit that is too low, with both numbers, before it asks for a device", async () => {
  const limits = { maxTextureDimension2D: 4096, maxStorageTexturesPerShaderStage: 0 };
  const device = () => {
    throw new Error("a device was asked for");
  };
  const { message } = await assertRejects(
    () => openGpu({ webgpu: webgpuWith({ info: { description: "Old" }, limits, device }) }),
  );
  assertStringIncludes(
    message,
    "Cannot use Old: its maxTextureDimension2D is 4096, and 8192 is needed; its " +
      "maxStorageTexturesPerShaderStage is 0, and 4 is needed; update its driver, or choose another",
  );
  for (const limit of Object.keys(DEFAULT_LIMITS)) {
    const low = { [limit]: DEFAULT_LIMITS[limit] - 1 };
    await assertRejects(() => openGpu({ webgpu: webgpuWith({ limits: low }) }), Error, limit);
  }
});

/** Devices of a browser that knows no read-only storage textures. */
const without = (device: GPUDevice) => ({
  createBindGroupLayout(descriptor: GPUBindGroupLayoutDescriptor) {
    for (const { storageTexture } of descriptor.entries) {
      if (storageTexture?.access !== "read-only") continue;
      throw new TypeError("The provided value 'read-only' is not a valid enum value");
    }
    return device.createBindGroupLayout(descriptor);
  },
});

Deno.test("openGpu lets a shader decide where WGSL's feature is not listed", async () => {
  for (const language of [null, [], ["packed_4x8_integer_dot_product"]]) {
    (await openGpu({ webgpu: webgpuWith({ language }) })).close(); // listed or not, it is there
    const webgpu = webgpuWith({ language, info: { vendor: "v" }, device: without });
    const { message } = await assertRejects(() => openGpu({ webgpu }));
    assertEquals(
      message,
      "Cannot use v: it lacks WGSL's readonly_and_readwrite_storage_textures: The provided value " +
        "'read-only' is not a valid enum value; update its driver, or choose another adapter (docs/GPUS.md)",
    );
  }
});

Deno.test("openGpu gives a browser's user no command to run", async () => {
  const { Deno: deno } = globalThis;
  const blind = (requestAdapter: () => Promise<null>) => ({ requestAdapter }) as unknown as GPU;
  const failing = () => Promise.reject(new Error("blocked by the driver's list\nsee there"));
  const cases: [Parameters<typeof openGpu>[0], says: string[]][] = [
    [{ webgpu: undefined }, ["no WebGPU here. ", "https", "chrome://flags/#enable-unsafe-webgpu"]],
    [{ webgpu: blind(() => Promise.resolve(null)) }, ["no adapter. ", "acceleration"]],
    [{ webgpu: blind(failing) }, ["a GPU: blocked by the driver's list. ", "chrome://gpu"]],
    [{ webgpu: webgpuWith({}), adapter: "H100" }, ['"H100"', "settings of the system"]],
    [{ webgpu: webgpuWith({ limits: { maxBufferSize: 1 } }) }, ["update the browser"]],
  ];
  for (const [options, says] of cases) {
    let message = "";
    try {
      // deno-lint-ignore no-explicit-any
      delete (globalThis as any).Deno;
      if (!options!.webgpu) {
        Object.defineProperty(navigator, "gpu", { value: undefined, configurable: true });
      }
      message = await openGpu(options).then(() => "", (error) => error.message);
    } finally {
      globalThis.Deno = deno;
      Reflect.deleteProperty(navigator, "gpu"); // its prototype has it
    }
    for (const words of says) assertStringIncludes(message, words);
    assert(!/setup|deno|DENO|docs\//.test(message), message);
  }
});
