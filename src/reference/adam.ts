/**
 * Adam as Keras 2.2 wrote it (SPEC §5).
 *
 * @module
 */
import type { AdamOptions } from "../nn/adam.ts";

/** A row of parameters and its two moments; the moments start at 0. */
export interface AdamState {
  parameters: Float64Array;
  m: Float64Array;
  v: Float64Array;
}

/**
 * m = β₁·m + (1 − β₁)·g, v = β₂·v + (1 − β₂)·g², w −= rate · m / (√v + ε), with
 * rate = lr/(1 + decay·t) · √(1 − β₂ᵗ⁺¹)/(1 − β₁ᵗ⁺¹).
 *
 * @param g (ROW) gradients
 * @param t The step, from 0.
 * @returns The state after the step.
 */
export function adam(
  { lr, beta1, beta2, epsilon, decay }: AdamOptions,
  state: AdamState,
  g: Float64Array,
  t: number,
): AdamState {
  const rate = lr / (1 + decay * t) * Math.sqrt(1 - beta2 ** (t + 1)) / (1 - beta1 ** (t + 1));
  const m = state.m.map((mean, i) => beta1 * mean + (1 - beta1) * g[i]);
  const v = state.v.map((square, i) => beta2 * square + (1 - beta2) * g[i] ** 2);
  const parameters = state.parameters.map((w, i) => w - rate * m[i] / (Math.sqrt(v[i]) + epsilon));
  return { parameters, m, v };
}
