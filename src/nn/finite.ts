/**
 * Whether training is still among the finite numbers.
 *
 * @module
 */
import findNonFiniteSource from "../../shaders/find_non_finite.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, type Shader, type Step } from "../gpu/shader.ts";
import type { Tensor } from "../gpu/tensor.ts";

const findNonFiniteShader = {
  name: "find_non_finite",
  source: findNonFiniteSource,
  bindings: { parameters: "read", m: "read", v: "read", flags: "read_write" },
} as const satisfies Shader<string>;

/**
 * Flags the trials in whose parameters or moments a number is NaN or infinite.
 *
 * @param parameters (TRIALS, ROW), as are m and v.
 * @param flags (TRIALS) u32: 1 or 0.
 */
export async function findNonFinite(
  gpu: Gpu,
  buffers: { parameters: Tensor; m: Tensor; v: Tensor; flags: Tensor },
): Promise<Step[]> {
  const [trials, row] = buffers.parameters.shape;
  const constants = { ROW: row };
  return [await bind(gpu, findNonFiniteShader, { buffers, constants, workgroups: [1, 1, trials] })];
}
