/**
 * The paper's network on adapters that offer what WebGPU promises of all, and no more.
 *
 * @module
 */
import { compileTogether } from "../../src/gpu/compile.ts";
import { type Gpu, openGpu } from "../../src/gpu/device.ts";
import type { Tuning } from "../../src/gpu/tuning.ts";
import { AUTHORS_CHANNELS } from "../../src/data/channel_statistics.ts";
import { phase1Network } from "../../src/nn/paper_network.ts";
import { bindTraining } from "../../src/training/bind.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { trialsAtOnce } from "../../src/training/memory.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { DEFAULT_LIMITS, webgpuWith } from "../helpers/adapters.ts";

/** Phase 1's: 16 images of 20 classes to train on, 4 to validate. */
const [SIZE, BATCH, TRAINED, VALID] = [200, 32, 320, 80];
const network = phase1Network(20, [SIZE, SIZE]);

const pixels = new Uint8Array((TRAINED + VALID) * SIZE * SIZE * 4);
const labels = Int32Array.from({ length: TRAINED + VALID }, (_, image) => image % 20);
const some = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

for (const tunedFor of ["cpu", "gpu"] satisfies Tuning[]) {
  Deno.test(`bindTraining binds the paper's 20 × 32 on WebGPU's default limits, tuned for ${tunedFor}`, async () => {
    const gpu = await openGpu({ webgpu: webgpuWith({ limits: DEFAULT_LIMITS }), tunedFor });
    const { limits } = gpu.device as unknown as { limits: Record<string, number> };
    for (const [name, most] of Object.entries(DEFAULT_LIMITS)) assertEquals(limits[name], most);
    const work = {
      network,
      images: TRAINED + VALID,
      evaluated: 5 * VALID,
      training: { batch: BATCH, examples: TRAINED },
      memory: 4, // as on a GPU
    };
    assert(await trialsAtOnce(gpu, work) >= 20);
    // A binding or a texture that is too large throws; that shaders compile, other tests show.
    const bindAll = async (gpu: Gpu) => {
      const bank = uploadImages(gpu, { pixels, labels, height: SIZE, width: SIZE });
      await bindTraining(gpu, {
        network,
        batch: BATCH,
        normalization: AUTHORS_CHANNELS,
        epochs: 300,
        seeds: some(0, 20),
        train: { bank, indices: some(0, TRAINED) },
        valid: { bank, indices: some(TRAINED, VALID) },
        regularizer: { lambda: 0.05, denseL2: [0.01, 0] },
      });
      throw new Error("all is bound");
    };
    const run = () => gpu.scope((gpu) => compileTogether(gpu, bindAll));
    await assertRejects(run, Error, "all is bound");
    gpu.close();
  });
}
