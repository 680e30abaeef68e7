/**
 * The most that an adapter can do, to hold a network's rates against.
 *
 * @module
 */
import multiplyAddSource from "../../shaders/multiply_add.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step, submit } from "../gpu/shader.ts";
import { copyRow, createTensor, type Tensor } from "../gpu/tensor.ts";
import { type Effort, timeRuns } from "../gpu/timing.ts";

const multiplyAddShader = {
  name: "multiply_add",
  source: multiplyAddSource,
  bindings: { numbers: "read", y: "write" },
} as const satisfies Shader<string>;

/** The most that the adapter does, measured: what rates can be held against. */
export interface Peak {
  /** Multiply-adds in registers ×2 per second, in 10⁹. */
  gflops: number;
  /** Bytes copied from buffer to buffer per second, read and written, in 10⁹. */
  gigabytes: number;
}

/** Measures the adapter's peak of multiply-adds and of memory traffic. */
export async function measurePeak(
  gpu: Gpu,
  effort: Effort = { runs: 5, ms: 200 },
): Promise<Peak> {
  return await gpu.scope(async (gpu) => {
    const [lanes, chains, rounds] = [2 ** 16, 16, 1024];
    const numbers = createTensor(gpu, "numbers", [2], Float32Array.of(0.999, 0.001));
    const y = createTensor(gpu, "y", [lanes, chains]);
    const steps = await multiplyAdd(gpu, rounds, { numbers, y });
    const msOfSums = await timeRuns(gpu, () => submit(gpu, steps), effort);
    const size = 2 ** 24; // 64 MiB: more than caches hold
    const [from, to] = ["from", "to"].map((label) => createTensor(gpu, label, [1, size]));
    const msOfCopy = await timeRuns(gpu, () => copyRow(gpu, from, to, 0), effort);
    return {
      gflops: 2 * lanes * chains * rounds / msOfSums / 1e6,
      gigabytes: 2 * 4 * size / msOfCopy / 1e6,
    };
  });
}

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
