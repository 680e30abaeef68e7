/**
 * How long work takes: by the clock on the wall, and by the GPU's own.
 *
 * @module
 */
import type { Gpu } from "./device.ts";
import { encode, type Step } from "./shader.ts";
import { readStaging } from "./tensor.ts";

/** How a figure is measured: the median of `runs` runs, each at least `ms` milliseconds long. */
export interface Effort {
  /** An odd number; default 5. */
  runs: number;
  /** Long against the wait at a run's end (11 ms where measured), which is taken off; default 200. */
  ms: number;
}

/**
 * Median milliseconds of what `work` submits, after a warm-up.
 *
 * @throws {Error} When the GPU fails.
 */
export async function timeRuns(
  gpu: Gpu,
  work: () => void,
  { runs, ms }: Effort,
): Promise<number> {
  const run = async (count: number) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) work();
    await gpu.device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await run(1);
  const wait = await run(0);
  let count = 1; // what takes microseconds cannot be told from the wait at first
  for (let spent = 0; spent < ms && count < 2 ** 20;) {
    spent = await run(count) - wait;
    if (spent < ms) count *= Math.min(8, Math.max(2, Math.ceil(ms / Math.max(spent, ms / 8))));
  }
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push(Math.max(await run(count) - wait, 0) / count);
  gpu.check();
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
}

/** Whether the adapter counts time. */
export const hasTimestamps = (gpu: Gpu): boolean => gpu.device.features.has("timestamp-query");

/**
 * Runs steps in order once and times each, in its place among the others.
 *
 * @returns Milliseconds by step; 0 where the adapter's clock is too coarse.
 * @throws {Error} When the adapter has no timestamps (see `hasTimestamps`) or the GPU fails.
 */
export async function timestampSteps(gpu: Gpu, steps: readonly Step[]): Promise<number[]> {
  const { device } = gpu;
  const count = 2 * steps.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({ size: 8 * count, usage: 0x200 | 0x04 }); // QUERY_RESOLVE | COPY_SRC
  const staging = device.createBuffer({ size: 8 * count, usage: 0x01 | 0x08 }); // MAP_READ | COPY_DST
  try {
    const encoder = device.createCommandEncoder();
    steps.forEach((step, i) => {
      const places = { beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
      encode(gpu, encoder, [step], { timestampWrites: { querySet, ...places } });
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
    device.queue.submit([encoder.finish()]);
    const [bytes] = await readStaging(gpu, staging), nanoseconds = new BigInt64Array(bytes);
    return steps.map((_, i) => Number(nanoseconds[2 * i + 1] - nanoseconds[2 * i]) / 1e6);
  } finally {
    querySet.destroy();
    resolved.destroy();
  }
}
