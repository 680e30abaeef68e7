/**
 * The GPU that the tests of one file share. Without an adapter this module throws, and with it every
 * test that needs a GPU fails, saying what to install.
 *
 * @module
 */
import { type Gpu, openGpu } from "../../src/gpu/device.ts";
import type { Tuning } from "../../src/gpu/tuning.ts";

/** `deno test -A tests/nn -- --tuned-for=gpu`: the same tests with the forms for GPUs. */
export const tunedFor = Deno.args.find((arg) => arg.startsWith("--tuned-for="))?.slice(
  12,
) as Tuning;

/** Opened before the first test, so that no test is held to account for leaving it open. */
export const gpu: Gpu = await openGpu({ tunedFor });

/** The same GPU, in every scope of it, with other limits than the adapter's. */
export function withLimits(limits: Partial<GPUSupportedLimits>): Gpu {
  const device = new Proxy(gpu.device, {
    get(target, key) {
      if (key === "limits") {
        return new Proxy(target.limits, { get: (all, name) => pick(all, name) });
      }
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const pick = (all: GPUSupportedLimits, name: string | symbol) =>
    limits[name as keyof GPUSupportedLimits] ?? Reflect.get(all, name, all);
  const limit = (gpu: Gpu): Gpu => ({
    ...gpu,
    device,
    scope: (run, signal) => gpu.scope((inner) => run(limit(inner)), signal),
  });
  return limit(gpu);
}
