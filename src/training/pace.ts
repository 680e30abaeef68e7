/**
 * How far the program runs ahead of the GPU.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";

/** Milliseconds of work that may be queued on the GPU. */
const QUEUED = 500;

/**
 * Makes what is called after every submission: where a signal may come, it waits for the GPU as often as
 * keeps about half a second of work queued, because the GPU blocks the thread while it is waited for.
 */
export function createPace(gpu: Gpu, signal: AbortSignal | undefined): () => Promise<void> | void {
  if (!signal) return () => {};
  let [since, submitted, most] = [performance.now(), 0, 1];
  return async () => {
    if (++submitted < most) return;
    await gpu.device.queue.onSubmittedWorkDone();
    const now = performance.now();
    most = Math.max(1, Math.floor(QUEUED * submitted / (now - since)));
    [since, submitted] = [now, 0];
    signal.throwIfAborted();
  };
}
