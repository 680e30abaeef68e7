/**
 * The GPU that the tests of one file share. Without an adapter this module throws, and with it every
 * test that needs a GPU fails, saying what to install.
 *
 * @module
 */
import { type Gpu, openGpu } from "../../src/gpu/device.ts";
import type { Tuning } from "../../src/gpu/tuning.ts";
import { changed } from "./adapters.ts";

/** `deno test -A tests/nn -- --tuned-for=gpu`: the same tests with the forms for GPUs. */
export const tunedFor = Deno.args.find((arg) => arg.startsWith("--tuned-for="))?.slice(
  12,
) as Tuning;

/** Opened before the first test, so that no test is held to account for leaving it open. */
export const gpu: Gpu = await openGpu({ tunedFor });

/** The same GPU, in every scope of it, but for this. */
export function gpuWith(changes: Partial<Gpu>): Gpu {
  const change = (gpu: Gpu): Gpu => ({
    ...gpu,
    ...changes,
    scope: (run, signal) => gpu.scope((inner) => run(change(inner)), signal),
  });
  return change(gpu);
}

/** The same GPU, in every scope of it, with other limits than the adapter's. */
export const withLimits = (limits: Partial<GPUSupportedLimits>): Gpu =>
  gpuWith({ device: changed(gpu.device, { limits: changed(gpu.device.limits, { ...limits }) }) });
