/**
 * How long each step takes on the GPU itself, by timestamp queries.
 *
 * @module
 */
import type { Gpu } from "./device.ts";
import { encode, type Step } from "./shader.ts";

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
      const timestampWrites = {
        ...{ querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 },
      };
      encode(encoder, [step], { timestampWrites });
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const nanoseconds = new BigInt64Array(staging.getMappedRange().slice(0));
    gpu.check();
    return steps.map((_, i) => Number(nanoseconds[2 * i + 1] - nanoseconds[2 * i]) / 1e6);
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}
