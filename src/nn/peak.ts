/**
 * The most that an adapter can do, to hold a network's rates against.
 *
 * @module
 */
import multiplyAddSource from "../../shaders/multiply_add.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step } from "../gpu/shader.ts";
import type { Tensor } from "../gpu/tensor.ts";

const multiplyAddShader = {
  name: "multiply_add",
  source: multiplyAddSource,
  bindings: { numbers: "read", y: "read_write" },
} as const satisfies Shader<string>;

/**
 * ROUNDS multiply-adds on each element of y, which starts as lane + chain.
 *
 * @param numbers (2): factor and term.
 * @param y (LANES, CHAINS)
 * @param rounds A multiple of 16.
 */
export async function multiplyAdd(
  gpu: Gpu,
  rounds: number,
  buffers: { numbers: Tensor; y: Tensor },
): Promise<Step[]> {
  const [lanes, chains] = buffers.y.shape;
  const step = await bind(gpu, multiplyAddShader, {
    buffers,
    constants: { LANES: lanes, ROUNDS: rounds, CHAINS: chains },
    workgroups: [ceilDiv(lanes, 64), 1, 1],
  });
  return [step];
}
