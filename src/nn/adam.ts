/**
 * Adam as Keras 2.2 wrote it (SPEC §5).
 *
 * @module
 */
import adamSource from "../../shaders/adam.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, type Step } from "../gpu/shader.ts";
import { sizeOf, type Tensor } from "../gpu/tensor.ts";

const adamShader = defineShader("adam", adamSource, {
  gradients: "read",
  rates: "read",
  clock: "read",
  m: "read_write",
  v: "read_write",
  parameters: "read_write",
});

/** Adam's constants. */
export interface AdamOptions {
  /** Learning rate; default 1e-3. */
  lr: number;
  /** Decay of the first moment; default 0.9. */
  beta1: number;
  /** Decay of the second moment; default 0.999. */
  beta2: number;
  /** Added to √v outside the bias correction; default 1e-7. */
  epsilon: number;
  /** The rate of step t (from 0) is lr/(1 + decay·t); default 0. */
  decay: number;
}

/** Keras' defaults. */
export const ADAM: AdamOptions = { lr: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0 };

/** The decay by which the rate halves over a training of 100 epochs or more (SPEC §5); else 0. */
export function decayOf(epochs: number, stepsAnEpoch: number): number {
  return epochs >= 100 ? 1 / (epochs * stepsAnEpoch) : 0;
}

/**
 * The learning rate of every step with the bias corrections in it, in float64.
 *
 * @returns (STEPS): lr/(1 + decay·(t−1)) · √(1−β₂ᵗ)/(1−β₁ᵗ) for t = 1 … STEPS.
 */
export function adamRates(options: AdamOptions, steps: number): Float32Array<ArrayBuffer> {
  const { lr, beta1, beta2, decay } = options;
  return Float32Array.from({ length: steps }, (_, i) => {
    const t = i + 1;
    return lr / (1 + decay * i) * Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
  });
}

/**
 * One step of Adam on all trials.
 *
 * @param gradients (TRIALS, ROW), as `parameters`, `m` and `v`; the moments start at 0, and a row is a
 *   multiple of 4.
 * @param rates (STEPS) of `adamRates`.
 */
export function adam(
  gpu: Gpu,
  { beta1, beta2, epsilon }: AdamOptions,
  tensors: Record<"gradients" | "rates" | "clock" | "m" | "v" | "parameters", Tensor>,
): Promise<Step> {
  const size = sizeOf(tensors.parameters.shape) / 4;
  const perLane = ceilDiv(size, 64 * 32768); // a grid axis ends at 65 535 workgroups
  return bind(gpu, adamShader, {
    buffers: tensors,
    constants: {
      SIZE: size,
      PER_LANE: perLane,
      BETA_1: beta1,
      BETA_2: beta2,
      EPSILON: epsilon,
      ONE_MINUS_BETA_1: 1 - beta1,
      ONE_MINUS_BETA_2: 1 - beta2,
    },
    workgroups: [ceilDiv(size, 64 * perLane), 1, 1],
    touched: { clock: 1, rates: 1 },
  });
}
