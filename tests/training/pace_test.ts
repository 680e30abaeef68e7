import type { Gpu } from "../../src/gpu/device.ts";
import type { Step } from "../../src/gpu/shader.ts";
import { createPace } from "../../src/training/pace.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";

/** A GPU that notes how many dispatches each submission holds, and takes its time for it. */
function createSlowGpu({ submit, wait }: { submit(count: number): number; wait: number }) {
  const sizes: number[] = [], waits: number[] = [];
  const sleep = (ms: number) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };
  const device = {
    createCommandEncoder: () => {
      sizes.push(0);
      return {
        beginComputePass: () => ({
          setPipeline() {},
          setBindGroup() {},
          end() {},
          dispatchWorkgroups: () => sizes[sizes.length - 1]++,
        }),
        finish: () => ({}),
      };
    },
    queue: {
      submit: () => sleep(submit(sizes.length)),
      onSubmittedWorkDone: () => {
        waits.push(sizes.length);
        sleep(wait);
        return Promise.resolve();
      },
    },
  };
  const gpu = { device, check() {}, proof: { pending: new Set() } } as unknown as Gpu;
  return { gpu, sizes, waits };
}

const steps = Array.from(
  { length: 39 },
  () => ({ workgroups: [1, 1, 1], mark: {} }) as unknown as Step,
);
const sum = (sizes: number[]) => sizes.reduce((sum, size) => sum + size, 0);

Deno.test("createPace submits all steps at once and never waits where no signal can come", async () => {
  const { gpu, sizes, waits } = createSlowGpu({ submit: () => 0, wait: 0 });
  const pace = createPace(gpu);
  for (let i = 0; i < 100; i++) await pace(steps);
  assertEquals([sizes, waits], [Array(100).fill(39), []]);
});

Deno.test("createPace makes submissions larger for a fast GPU and smaller for a slow one", async () => {
  const { signal } = new AbortController();
  const fast = createSlowGpu({ submit: () => 0, wait: 20 });
  let pace = createPace(fast.gpu, signal);
  for (let i = 0; i < 2000; i++) await pace(steps);
  assertEquals([fast.sizes[0], fast.sizes.at(-1)], [4, 39]);
  assert(fast.waits.length < 20, `it waited ${fast.waits.length} times`);

  const slow = createSlowGpu({ submit: (count) => count === 1 ? 210 : 0, wait: 0 });
  pace = createPace(slow.gpu, signal);
  await pace(steps);
  assertEquals(slow.sizes, [4, ...Array(7).fill(5)]);
  await pace(steps);
  assertEquals(slow.sizes.slice(8), [2, ...Array(11).fill(3), 4]); // never fewer than four at the end
  assertEquals(sum(fast.sizes), 2000 * 39);
});

Deno.test("createPace lets a signal in while it works, and then submits nothing more", async () => {
  const { gpu, sizes } = createSlowGpu({ submit: () => 5, wait: 5 });
  const controller = new AbortController();
  const pace = createPace(gpu, controller.signal);
  const start = performance.now();
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await assertRejects(
    async () => {
      while (true) await pace(steps);
    },
    Error,
    "enough",
  );
  const took = performance.now() - start;
  assert(took < 1000, `it took ${took} ms`);
  const before = sizes.length;
  await assertRejects(async () => await pace(steps), Error, "enough");
  assertEquals(sizes.length, before);
});
