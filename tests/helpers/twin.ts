/**
 * A shader against its float64 twin, by the doctor's own case.
 *
 * @module
 */
import { checkShader, shadersFor } from "../../src/doctor/check_shaders.ts";
import { createRandom } from "../../src/random.ts";
import { assert } from "./assert.ts";
import { gpuWith } from "./device.ts";

/**
 * Among the shapes of these seeds: 14 trials, shared and own images, channels in chunks, every stride,
 * overlapping pools, more than one tile of filters, channels and taps; weights beyond a workgroup's memory.
 */
const SEEDS = [1, 4, 5, 6, 7, 14, 20];

/**
 * Fails unless the shader is within its bound at the paper's shape and at those of all seeds, as each
 * tuning that uses it binds it.
 */
export async function assertTwin(shader: string): Promise<void> {
  for (const tunedFor of ["cpu", "gpu"] as const) {
    if (!shadersFor(tunedFor).includes(shader)) continue;
    const tuned = gpuWith({ tunedFor });
    for (const seed of [0, ...SEEDS]) {
      const result = await checkShader(tuned, shader, createRandom(seed), seed === 0);
      const { shape, error, bound } = result;
      const where = `${shader}, tuned for ${tunedFor}, seed ${seed}, at ${shape}`;
      assert(error <= bound, `${where}: error ${error} > ${bound}`);
    }
  }
}
