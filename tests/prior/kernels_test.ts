import { centre, kernelSamples, stackKernels } from "../../src/prior/kernels.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

/** (N=2, K=1, K=2, C=3): the value spells out its place, n·100 + column·10 + channel. */
const kernels = { shape: [2, 1, 2, 3], data: [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112] };

Deno.test("stackKernels puts filters first and trials one after another", () => {
  // (K=1, K=2, C=1, M=2): column·10 + filter, trial 1 plus 100.
  const trial = (offset: number) => ({
    shape: [1, 2, 1, 2],
    data: [0, 1, 10, 11].map((value) => value + offset),
  });
  const stacked = stackKernels([trial(0), trial(100)]);
  assertEquals(stacked.shape, [4, 1, 2, 1]);
  assertEquals([...stacked.data], [0, 10, 1, 11, 100, 110, 101, 111]);
});

Deno.test("kernelSamples of rank 3 keeps a filter as one row", () => {
  const samples = kernelSamples(kernels, 3);
  assertEquals(samples.shape, [2, 6]);
  assertEquals([...samples.data], kernels.data);
});

Deno.test("kernelSamples of rank 2 makes a row of each channel, channels outermost", () => {
  const samples = kernelSamples(kernels, 2);
  assertEquals(samples.shape, [6, 2]);
  assertEquals([...samples.data], [0, 10, 100, 110, 1, 11, 101, 111, 2, 12, 102, 112]);
});

Deno.test("kernelSamples refuses what is not (N, K, K, C)", () => {
  assertThrows(() => kernelSamples({ shape: [2, 6], data: [] }, 3), TypeError, "(2,6)");
});

Deno.test("centre brings every column to mean 0", () => {
  const centred = centre({ shape: [2, 2], data: Float64Array.of(1, 10, 3, 20) });
  assertEquals([...centred.data], [-1, -5, 1, 5]);
});
