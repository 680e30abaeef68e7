/**
 * A shader against its float64 twin, by the doctor's own case.
 *
 * @module
 */
import { checkShader } from "../../src/doctor.ts";
import { createRandom } from "../../src/random.ts";
import { assert } from "../assert.ts";
import { gpu } from "../device.ts";

/**
 * Among the shapes of these seeds: 14 trials, shared and own images, channels in chunks, every stride,
 * overlapping pools, more than one tile of filters, channels and taps.
 */
const SEEDS = [1, 4, 5, 6, 7, 14];

/** Fails unless the shader is within its bound at the paper's shape and at those of all seeds. */
export async function assertTwin(shader: string): Promise<void> {
  for (const seed of [0, ...SEEDS]) {
    const { shape, error, bound } = await checkShader(gpu, shader, createRandom(seed), seed === 0);
    assert(error <= bound, `${shader}, seed ${seed}: error ${error} > ${bound} at ${shape}`);
  }
}
