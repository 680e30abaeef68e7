/**
 * A question with a known answer, asked when a GPU is opened: one that skips dispatches, loses what it
 * writes or cannot add is refused before it has done any work.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import source from "../../shaders/multiply_add.wgsl" with { type: "text" };
import type { Gpu } from "./device.ts";
import { bind, type Shader, submit } from "./shader.ts";
import { createTensor, download } from "./tensor.ts";

const multiplyAdd = {
  name: "multiply_add",
  source,
  bindings: { numbers: "read", y: "write" },
} as const satisfies Shader<string>;

const [LANES, ROUNDS] = [64, 16];

/**
 * Asks for x·½ + 1, sixteen times, from x = 0 … 63. Every step is exact in float32, fused or not.
 *
 * @throws {Error} When an answer is missing or wrong.
 */
export async function selfTest(gpu: Gpu): Promise<void> {
  const [y] = await gpu.scope(async (gpu) => {
    const numbers = createTensor(gpu, "numbers", [2], Float32Array.of(0.5, 1));
    const y = createTensor(gpu, "y", [LANES, 1], new Float32Array(LANES).fill(NaN));
    const step = await bind(gpu, multiplyAdd, {
      buffers: { numbers, y },
      constants: { LANES, ROUNDS, CHAINS: 1 },
      workgroups: [1, 1, 1],
    });
    submit(gpu, [step]);
    return await download(gpu, [y]);
  });
  for (let i = 0; i < LANES; i++) {
    let x = i;
    for (let round = 0; round < ROUNDS; round++) x = x * 0.5 + 1;
    if (y[i] !== x) throw new Failure("gpu", `it computed ${y[i]} where ${x} is right`);
  }
}
