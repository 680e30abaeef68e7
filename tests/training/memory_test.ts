import { phase1Network } from "../../src/nn/paper_network.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { foresee, trialsAtOnce, type Workload } from "../../src/training/memory.ts";
import { Failure } from "../../src/failure.ts";
import { sizeOf } from "../../src/gpu/tensor.ts";
import { bindTraining } from "../../src/training/bind.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../helpers/assert.ts";
import { gpu as opened, withLimits } from "../helpers/device.ts";
import { toyImages, toyOptions } from "../helpers/toy.ts";

/** Its figures are those of a CPU adapter's tuning. */
const gpu: Gpu = { ...opened, tunedFor: "cpu" };

/** The paper's phase 1. */
const training = { batch: 32, examples: 320 };
const paper: Workload = { network: phase1Network(20), images: 400, evaluated: 400, training };
/** Without a default budget to run into. */
const large = { ...paper, memory: 1000 };

const onSoftware = { ...gpu, adapter: { ...gpu.adapter, software: true } };
const onGpu = (limits: Partial<GPUSupportedLimits>): Gpu => ({
  ...withLimits(limits),
  tunedFor: "cpu",
  adapter: { ...gpu.adapter, software: false },
});

/** Bytes of all that a training makes. */
async function measure(trials: number): Promise<number> {
  return await opened.scope(async (scoped) => {
    const bank = uploadImages(scoped, toyImages(10));
    const seeds = Array.from({ length: trials }, (_, seed) => seed);
    await bindTraining(scoped, { ...toyOptions, seeds, train: { bank }, valid: { bank } });
    const made = [...scoped.resources!] as (GPUBuffer | GPUTexture)[];
    return made.reduce((sum, one) => {
      if ("size" in one) return sum + (one.size === 4 ? 0 : one.size); // marks, see proof.ts
      return sum + (one.format === "r32uint" ? 4 : 16) * one.width * one.height;
    }, 0);
  });
}

Deno.test("foresee tells what a training takes, to the byte", async () => {
  const { batch, network } = toyOptions;
  const work = { network, images: 10, evaluated: 20, training: { batch, examples: 10 } }; // 2 copies
  const { trial, shared } = await foresee(opened, work);
  const [two, six] = [await measure(2), await measure(6)];
  const rates = 4 * 3 * (toyOptions.epochs - 1); // of 3 steps an epoch, of which foresee sees one
  assertEquals([trial, shared + 2 * trial + rates], [(six - two) / 4, two]);
});

Deno.test("trialsAtOnce keeps to the budget, the largest binding and the largest texture", async () => {
  const { shared, trial, pieces } = await foresee(gpu, paper);
  const gibibytes = (trials: number) => (shared + trials * trial) / 2 ** 30;
  const most = await trialsAtOnce(onSoftware, paper);
  const enough = 0.17 * 2 ** 30;
  assert(most * trial <= enough && (most + 1) * trial > enough, `${most} trials`);
  const many = { ...paper, images: 4000 }; // what they share does not lower it
  assertEquals(await trialsAtOnce(onSoftware, many), most);
  assert(await trialsAtOnce(onGpu({}), paper) > most);
  assertEquals(await trialsAtOnce(gpu, { ...paper, memory: gibibytes(3) }), 3);

  const tensors = pieces.filter(({ made }) => "buffer" in made);
  const largest = 4 * Math.max(...tensors.map(({ made }) => sizeOf(made.shape)));
  const narrow = onGpu({ maxStorageBufferBindingSize: largest * 5, maxBufferSize: 1e9 });
  assertEquals(await trialsAtOnce(narrow, large), 5);
  assertEquals(await trialsAtOnce(onGpu({ maxTextureDimension2D: 203 * 10 }), large), 3);
});

Deno.test("trialsAtOnce refuses what does not fit, with both numbers", async () => {
  const { shared, trial } = await foresee(gpu, paper);
  const least = (shared + trial) / 2 ** 30;
  assertEquals(await trialsAtOnce(gpu, { ...paper, memory: least }), 1);
  await assertRejects(
    () => trialsAtOnce(gpu, { ...paper, memory: 0.99 * least }),
    Error,
    `Cannot train on images of 200×200 in batches of 32: a network takes 0.0387 GiB of GPU memory and ` +
      `its images 0.305 GiB, but 0.341 GiB are allowed; use smaller images or smaller batches, or allow more ` +
      `with --memory=0.4`,
  );
  const { network } = paper;
  const evaluating = () => trialsAtOnce(gpu, { network, images: 50, evaluated: 50, memory: 0 });
  await assertRejects(evaluating, Error, "Cannot evaluate images of 200×200");
  for (const side of [203, 203 * 5]) { // textures that hold one image, and less than a batch of 32
    await assertRejects(
      () => trialsAtOnce(onGpu({ maxTextureDimension2D: side }), large),
      Error,
      `exceeds the adapter's textures of ${side}×${side} texels, or the bytes that one may take; use ` +
        `smaller images or smaller batches`,
    );
  }
  const inSmallBuffers = () => trialsAtOnce(onGpu({ maxStorageBufferBindingSize: 2 ** 20 }), large);
  const says =
    "its conv2d_2.kernel z needs 0.00142 GiB in one piece, but the adapter's buffers end at 0.000977 GiB";
  await assertRejects(inSmallBuffers, Error, says);
});

Deno.test("trialsAtOnce refuses a large network by default, on a GPU later than on a CPU adapter", async () => {
  const work = (batch: number): Workload => ({
    ...paper,
    network: phase1Network(20, [500, 500]),
    training: { batch, examples: 320 },
  });
  await assertRejects(() => trialsAtOnce(onSoftware, work(200)), Error, "1.5 GiB are allowed");
  assert(await trialsAtOnce(onGpu({}), work(200)) >= 1);
  await assertRejects(() => trialsAtOnce(onGpu({}), work(800)), Error, "4 GiB are allowed");
  for (const side of [800, 1140]) { // dense kernels, then flat maps too, are folded to fit a texture
    const network = phase1Network(20, [side, side]);
    const training = { batch: 1, examples: 16 };
    const folded: Workload = { network, images: 20, evaluated: 4, training };
    assert(await trialsAtOnce(onSoftware, folded) >= 1, `${side}`);
  }
});

Deno.test("trialsAtOnce refuses a network whose parameters alone are too many, before it draws them", async () => {
  const wide = { kernel: 15, filters: 4096, stride: 1, pool: 1, poolStride: 1 };
  const network = { ...paper.network, blocks: [wide], dense: [65_536, 20] };
  const error = await assertRejects(() => trialsAtOnce(gpu, { ...paper, network }), Failure);
  assertMatch(error.message, /parameters alone take \d+ GiB, but .+ fewer filters/);
});
