import { phase1Network } from "../../src/nn/cnn.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { trialBytes, trialMemory, trialsAtOnce } from "../../src/training/memory.ts";
import { bindTraining } from "../../src/training/bind.ts";
import { assert, assertEquals } from "../assert.ts";
import { gpu, withLimits } from "../device.ts";
import { toyImages, toyOptions } from "./toy.ts";

/** Bytes of all that a training makes, and of its largest buffer. */
async function measure(trials: number): Promise<[all: number, largest: number]> {
  return await gpu.scope(async (scoped) => {
    const bank = uploadImages(scoped, toyImages(10));
    const seeds = Array.from({ length: trials }, (_, seed) => seed);
    await bindTraining(scoped, { ...toyOptions, seeds, train: { bank }, valid: { bank } });
    const made = [...scoped.resources!] as (GPUBuffer | GPUTexture)[];
    const bytes = made.map((one) => "size" in one ? one.size : 16 * one.width * one.height);
    const buffers = made.flatMap((one) => "size" in one ? [one.size] : []);
    return [bytes.reduce((sum, size) => sum + size, 0), Math.max(...buffers)];
  });
}

Deno.test("trialMemory foresees what another trial takes", async () => {
  const [[two], [six, largest]] = [await measure(2), await measure(6)];
  const { batch, network } = toyOptions;
  const foreseen = trialMemory(createLayout(network), batch, 20); // 10 images, 2 copies
  const ratio = trialBytes(foreseen) / ((six - two) / 4);
  assert(ratio > 0.95 && ratio < 1.15, `foreseen ÷ measured is ${ratio}`);
  const most = Math.max(...foreseen.tensors);
  assert(6 * 4 * most >= largest, `${most} elements, made ${largest} bytes for six trials`);
});

Deno.test("trialsAtOnce keeps to the budget, the largest binding and the largest texture", () => {
  const network = phase1Network(20);
  const memory = trialMemory(createLayout(network), 32, 50);
  const largest = Math.max(...memory.tensors);
  const onSoftware = { ...gpu, adapter: { ...gpu.adapter, software: true } };
  const most = trialsAtOnce(onSoftware, network, 32);
  assert(most >= 20 && most * trialBytes(memory) < 2e9, `${most} trials`); // the paper's 20 in under 2 GB
  const onGpu = (limits: Partial<GPUSupportedLimits>) => ({
    ...withLimits(limits),
    adapter: { ...gpu.adapter, software: false },
  });
  assert(trialsAtOnce(onGpu({}), network, 32) > most);
  const narrow = onGpu({ maxStorageBufferBindingSize: 4 * largest * 5, maxBufferSize: 1e9 });
  assertEquals(trialsAtOnce(narrow, network, 32), 5);
  assertEquals(trialsAtOnce(onGpu({ maxTextureDimension2D: 203 * 10 }), network, 32), 3);
  assertEquals(trialsAtOnce(onGpu({ maxTextureDimension2D: 203 }), network, 32), 1);
});
