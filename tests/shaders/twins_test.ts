/**
 * Every shader against its float64 twin, by the doctor's own case. Answers known by hand are in files of
 * the shaders' names.
 *
 * @module
 */
import { checkShader, shadersFor } from "../../src/doctor/check_shaders.ts";
import { createRandom } from "../../src/random.ts";
import { assert } from "../helpers/assert.ts";
import { gpuWith } from "../helpers/device.ts";

/** What each shader does. */
const SHADERS = {
  adam: "moves every parameter of every trial",
  augment: "rotates, shifts, flips and z-scores",
  conv: "convolves every trial, image and tile, and goes back to the input at every stride",
  conv_backward_kernel: "sums kernel and bias gradients over all images and places",
  conv_backward_kernel_gpu: "equals the gradient of a kernel and bias",
  conv_gpu: "equals a convolution, and backward its gradient of the input",
  conv_pool: "equals convolution, ReLU and max-pool one after the other",
  conv_pool_backward_kernel: "sums the gradients of the live pooled values alone",
  conv_pool_backward_kernel_gpu:
    "equals the gradient of the first kernel from stored and from warped images",
  conv_pool_gpu: "equals convolution, ReLU and max-pool of stored and of warped images",
  dense: "multiplies by every trial's kernel",
  dense_backward_input: "passes gradients on where ReLU and dropout let values through",
  dense_backward_kernel: "sums kernel and bias gradients over the batch",
  dropout: "drops exactly what its twin drops",
  find_non_finite: "flags the trials with a NaN or an infinity, whichever sign, and no other",
  l2: "adds its gradient in training, and only measures in validation",
  max_pool: "keeps each window's maximum and its place",
  max_pool_backward: "gives each gradient to the maximum, and 0 to all others",
  multiply: "multiplies element by element",
  multiply_add: "does every round on every chain",
  pack_kernels: "lays every weight where its reader looks, padded with zeros",
  record_batch: "sums a batch and leaves the records of other steps alone",
  smooth_kernel: "penalises rank 3 and rank 2 vectors of every trial",
  softmax_cross_entropy: "gives losses and the gradient of their weighted mean",
  sum_partials: "adds the partial sums of each trial and leaves the rest of the row alone",
  tick: "advances the clock by one and nothing beside it",
};

/**
 * Among the shapes of these seeds: 14 trials, shared and own images, channels in chunks, every stride,
 * overlapping pools, more than one tile of filters, channels and taps; weights beyond a workgroup's memory.
 */
const SEEDS = [1, 4, 5, 6, 7, 14, 20];

for (const [shader, does] of Object.entries(SHADERS)) {
  // Within its bound at the paper's shape and at those of all seeds, as each tuning that uses it binds it.
  Deno.test(`${shader} ${does}`, async () => {
    const tunings = (["cpu", "gpu"] as const).filter((it) => shadersFor(it).includes(shader));
    assert(tunings.length > 0, `no tuning uses ${shader}`);
    for (const tunedFor of tunings) {
      const tuned = gpuWith({ tunedFor });
      for (const seed of [0, ...SEEDS]) {
        const result = await checkShader(tuned, shader, createRandom(seed), seed === 0);
        const { shape, error, bound } = result;
        const where = `${shader}, tuned for ${tunedFor}, seed ${seed}, at ${shape}`;
        assert(error <= bound, `${where}: error ${error} > ${bound}`);
      }
    }
  });
}
