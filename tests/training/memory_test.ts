import { phase1Network } from "../../src/nn/cnn.ts";
import { uploadImages } from "../../src/training/examples.ts";
import {
  bytesOf,
  sharedMemory,
  trialMemory,
  trialsAtOnce,
  type Workload,
} from "../../src/training/memory.ts";
import { bindTraining } from "../../src/training/bind.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { gpu, withLimits } from "../device.ts";
import { toyImages, toyOptions } from "./toy.ts";

/** The paper's phase 1. */
const paper: Workload = {
  ...{ network: phase1Network(20), images: 400, evaluated: 400 },
  training: { batch: 32, examples: 320 },
};
/** Without a default budget to run into. */
const large = { ...paper, memory: 1000 };

const onSoftware = { ...gpu, adapter: { ...gpu.adapter, software: true } };
const onGpu = (limits: Partial<GPUSupportedLimits>) => ({
  ...withLimits(limits),
  adapter: { ...gpu.adapter, software: false },
});

/** Bytes of all that a training makes, and of its largest buffer. */
async function measure(trials: number): Promise<[all: number, largest: number]> {
  return await gpu.scope(async (scoped) => {
    const bank = uploadImages(scoped, toyImages(10));
    const seeds = Array.from({ length: trials }, (_, seed) => seed);
    await bindTraining(scoped, { ...toyOptions, seeds, train: { bank }, valid: { bank } });
    const made = [...scoped.resources!] as (GPUBuffer | GPUTexture)[];
    const bytes = made.map((one) => {
      if ("size" in one) return one.size;
      return (one.format === "r32uint" ? 4 : 16) * one.width * one.height;
    });
    const buffers = made.flatMap((one) => "size" in one ? [one.size] : []);
    return [bytes.reduce((sum, size) => sum + size, 0), Math.max(...buffers)];
  });
}

Deno.test("trialMemory and sharedMemory foresee what a training takes", async () => {
  const [[two], [six, largest]] = [await measure(2), await measure(6)];
  const { batch, network } = toyOptions;
  const work: Workload = {
    ...{ network, images: 10, evaluated: 20 }, // 2 copies
    training: { batch, examples: 10 },
  };
  const foreseen = trialMemory(gpu, work);
  const ratio = bytesOf(foreseen) / ((six - two) / 4);
  assert(ratio > 0.95 && ratio < 1.15, `foreseen ÷ measured is ${ratio}`);
  const most = Math.max(...foreseen.tensors);
  assert(6 * 4 * most >= largest, `${most} elements, made ${largest} bytes for six trials`);

  const marks = 65_536; // the least that the proof of dispatches takes, see proof.ts
  const shared = bytesOf(sharedMemory(work)) / (two - (six - two) / 2 - marks);
  assert(shared > 0.8 && shared < 1.2, `foreseen ÷ measured is ${shared} of what trials share`);
});

Deno.test("trialsAtOnce keeps to the budget, the largest binding and the largest texture", () => {
  const most = trialsAtOnce(onSoftware, paper);
  const bytes = (trials: number) =>
    bytesOf(sharedMemory(paper)) + trials * bytesOf(trialMemory(gpu, paper));
  assert(most >= 20, `${most} trials`); // the paper's 20
  assert(bytes(most) <= 1.5 * 2 ** 30 && bytes(most + 1) > 1.5 * 2 ** 30, `${bytes(most)} bytes`);
  assert(trialsAtOnce(onGpu({}), paper) > most);
  assertEquals(trialsAtOnce(gpu, { ...paper, memory: bytes(3) / 2 ** 30 }), 3);

  const largest = Math.max(...trialMemory(gpu, paper).tensors);
  const narrow = onGpu({ maxStorageBufferBindingSize: 4 * largest * 5, maxBufferSize: 1e9 });
  assertEquals(trialsAtOnce(narrow, large), 5);
  assertEquals(trialsAtOnce(onGpu({ maxTextureDimension2D: 203 * 10 }), large), 3);
});

Deno.test("trialsAtOnce refuses what does not fit, with both numbers", () => {
  const least = (bytesOf(sharedMemory(paper)) + bytesOf(trialMemory(gpu, paper))) / 2 ** 30;
  assertEquals(trialsAtOnce(gpu, { ...paper, memory: least }), 1);
  assertThrows(
    () => trialsAtOnce(gpu, { ...paper, memory: 0.99 * least }),
    Error,
    `Cannot train on images of 200×200 in batches of 32: a network takes 0.0433 GiB of GPU memory and ` +
      `its images 0.305 GiB, but 0.345 GiB are allowed; use smaller images or smaller batches, or allow more ` +
      `with --memory=0.4`,
  );
  const { network } = paper;
  assertThrows(
    () => trialsAtOnce(gpu, { network, images: 50, evaluated: 50, memory: 0 }),
    Error,
    "Cannot evaluate images of 200×200",
  );
  for (const side of [203, 203 * 5]) { // textures that hold one image, and less than a batch of 32
    assertThrows(
      () => trialsAtOnce(onGpu({ maxTextureDimension2D: side }), large),
      Error,
      `textures of ${side}×${side} texels, or the bytes that one may take; use smaller images or smaller batches`,
    );
  }
  assertThrows(
    () => trialsAtOnce(onGpu({ maxStorageBufferBindingSize: 2 ** 20 }), large),
    Error,
    "in one piece, but the adapter's buffers end at 0.000977 GiB",
  );
});

Deno.test("trialsAtOnce refuses a large network by default, on a GPU later than on a CPU adapter", () => {
  const work = (batch: number): Workload => ({
    ...{ network: phase1Network(20, [500, 500]), images: 400, evaluated: 400 },
    training: { batch, examples: 320 },
  });
  assertThrows(() => trialsAtOnce(onSoftware, work(200)), Error, "1.5 GiB are allowed");
  assert(trialsAtOnce(onGpu({}), work(200)) >= 1);
  assertThrows(() => trialsAtOnce(onGpu({}), work(800)), Error, "4 GiB are allowed");
  for (const side of [800, 1140]) { // dense kernels, then flat maps too, are folded to fit a texture
    const network = phase1Network(20, [side, side]);
    const training = { batch: 1, examples: 16 };
    const folded: Workload = { network, images: 20, evaluated: 4, training };
    assert(trialsAtOnce(onSoftware, folded) >= 1, `${side}`);
  }
});
