/**
 * Whether training is still among the finite numbers.
 *
 * @module
 */
import findNonFiniteSource from "../../shaders/find_non_finite.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, type Step } from "../gpu/shader.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";

const findNonFiniteShader = defineShader("find_non_finite", findNonFiniteSource, {
  parameters: "read",
  m: "read",
  v: "read",
  flags: "write",
});

/** Numbers that a lane looks at in each tensor. */
const PER_LANE = 256;

/** Numbers of a trial's row that one flag stands for. */
export const FLAGGED = 64 * PER_LANE;

/** Creates the flags of trials: (TRIALS, PARTS) u32, for parts of a row of so many numbers. */
export function createFlags(gpu: Gpu, trials: number, row: number): Tensor {
  return createTensor(gpu, "flags", [trials, ceilDiv(row, FLAGGED)]);
}

/**
 * Flags the parts of trials in whose parameters or moments a number is NaN or infinite.
 *
 * @param parameters (TRIALS, ROW), as are m and v.
 * @param flags (TRIALS, PARTS) u32 of `createFlags`: 1 or 0.
 */
export function findNonFinite(
  gpu: Gpu,
  buffers: { parameters: Tensor; m: Tensor; v: Tensor; flags: Tensor },
): Promise<Step> {
  const [, row] = buffers.parameters.shape, [trials, parts] = buffers.flags.shape;
  return bind(gpu, findNonFiniteShader, {
    buffers,
    constants: { ROW: row, PER_LANE },
    workgroups: [parts, 1, trials],
  });
}
