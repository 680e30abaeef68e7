/**
 * The plainest work there is, whose answer is known: the start-up test checks it, and the adapter's peak is
 * measured by it.
 *
 * @module
 */
import source from "../../shaders/multiply_add.wgsl" with { type: "text" };
import type { Gpu } from "./device.ts";
import { bind, ceilDiv, defineShader, type Step } from "./shader.ts";
import type { Tensor } from "./tensor.ts";

const shader = defineShader("multiply_add", source, { numbers: "read", y: "write" });

/**
 * ROUNDS multiply-adds on each element of y, which starts as lane + chain.
 *
 * @param rounds A multiple of 16.
 * @param numbers (2): factor and term.
 * @param y (LANES, CHAINS)
 */
export function multiplyAdd(
  gpu: Gpu,
  rounds: number,
  buffers: { numbers: Tensor; y: Tensor },
): Promise<Step> {
  const [lanes, chains] = buffers.y.shape;
  return bind(gpu, shader, {
    buffers,
    constants: { LANES: lanes, ROUNDS: rounds, CHAINS: chains },
    workgroups: [ceilDiv(lanes, 64), 1, 1],
  });
}
