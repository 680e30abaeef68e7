/**
 * Inverted dropout, in place. Its backward pass lives in `dense_backward_input`, which needs no mask.
 *
 * @module
 */
import dropoutSource from "../../shaders/dropout.wgsl" with { type: "text" };
import multiplySource from "../../shaders/multiply.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step } from "../gpu/shader.ts";
import { sizeOf, type Tensor } from "../gpu/tensor.ts";

const dropoutShader = {
  name: "dropout",
  source: dropoutSource,
  bindings: { x: "read_write", seeds: "read", clock: "read" },
} as const satisfies Shader<string>;

const multiplyShader = {
  name: "multiply",
  source: multiplySource,
  bindings: { x: "read_write", factors: "read" },
} as const satisfies Shader<string>;

/**
 * Drops values of x at random; a rate of 0 is no step at all.
 *
 * @param x (TRIALS, BATCH, INPUTS)
 * @param seeds (TRIALS) u32: what tells the trials' masks apart.
 * @param clock (64) u32: the step, at 0.
 * @param layer Which dense layer follows, from 0: what tells the layers' masks apart.
 */
export async function dropout(
  gpu: Gpu,
  { rate, layer }: { rate: number; layer: number },
  { x, seeds, clock }: { x: Tensor; seeds: Tensor; clock: Tensor },
): Promise<Step[]> {
  if (rate === 0) return [];
  const [trials, ...rest] = x.shape;
  const size = sizeOf(rest);
  const step = await bind(gpu, dropoutShader, {
    buffers: { x, seeds, clock },
    constants: { SIZE: size, LAYER: layer, RATE: rate },
    workgroups: [ceilDiv(size, 64), 1, trials],
  });
  return [step];
}

/**
 * Multiplies x by given factors: dropout whose mask comes from outside, as golden cases need it.
 *
 * @param x Any shape.
 * @param factors The same shape: 0 or 1/(1 − rate).
 */
export async function multiply(gpu: Gpu, x: Tensor, factors: Tensor): Promise<Step[]> {
  const size = sizeOf(x.shape);
  const step = await bind(gpu, multiplyShader, {
    buffers: { x, factors },
    constants: { SIZE: size },
    workgroups: [ceilDiv(size, 64), 1, 1],
  });
  return [step];
}
