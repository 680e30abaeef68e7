import { measureAdapterPeak } from "../../src/gpu/adapter_peak.ts";
import { assert } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

Deno.test("measureAdapterPeak finds more operations and traffic than any network needs", async () => {
  const { gflops, gigabytes } = await measureAdapterPeak(gpu, { runs: 1, ms: 1 });
  assert(gflops > 1 && gflops < 1e6, `${gflops} GFLOP/s`);
  assert(gigabytes > 0.1 && gigabytes < 1e5, `${gigabytes} GB/s`);
});
