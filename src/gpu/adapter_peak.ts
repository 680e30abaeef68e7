/**
 * The most that an adapter can do, to hold a network's rates against.
 *
 * @module
 */
import type { Gpu } from "./device.ts";
import { multiplyAdd } from "./multiply_add.ts";
import { submit } from "./shader.ts";
import { copyRow, createTensor } from "./tensor.ts";
import { type Effort, timeRuns } from "./timing.ts";

/** The most that the adapter does, measured: what rates can be held against. */
export interface AdapterPeak {
  /** Multiply-adds in registers ×2 per second, in 10⁹. */
  gflops: number;
  /** Bytes copied from buffer to buffer per second, read and written, in 10⁹. */
  gigabytes: number;
}

/** Measures the adapter's peak of multiply-adds and of memory traffic. */
export async function measureAdapterPeak(
  gpu: Gpu,
  effort: Effort = { runs: 5, ms: 200 },
): Promise<AdapterPeak> {
  return await gpu.scope(async (gpu) => {
    const [lanes, chains, rounds] = [2 ** 16, 16, 1024];
    const numbers = createTensor(gpu, "numbers", [2], Float32Array.of(0.999, 0.001));
    const y = createTensor(gpu, "y", [lanes, chains]);
    const step = await multiplyAdd(gpu, rounds, { numbers, y });
    const msOfSums = await timeRuns(gpu, () => submit(gpu, [step]), effort);
    const size = 2 ** 24; // 64 MiB: more than caches hold
    const [from, to] = ["from", "to"].map((label) => createTensor(gpu, label, [1, size]));
    const msOfCopy = await timeRuns(gpu, () => copyRow(gpu, from, to, 0), effort);
    return {
      gflops: 2 * lanes * chains * rounds / msOfSums / 1e6,
      gigabytes: 2 * 4 * size / msOfCopy / 1e6,
    };
  });
}
