/**
 * The npm packages of the peers that run in Deno. The scripts import them by these strings and not
 * by literals, so that neither `deno check` nor deno.lock ever hears of them.
 *
 * @module
 */

/** TensorFlow.js and its WebGPU backend. */
export const TFJS = [
  "npm:@tensorflow/tfjs@4.22.0",
  "npm:@tensorflow/tfjs-backend-webgpu@4.22.0",
];

/** jax-js. */
export const JAX = ["npm:@jax-js/jax@0.1.25"];
