import { addMark } from "../../src/gpu/proof.ts";
import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { tick } from "../../src/nn/record_batch.ts";
import { createRandom } from "../../src/random.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { train, type TrainOptions } from "../../src/training/train.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { replaced } from "../helpers/replaced.ts";
import { keepTo, toyImages, toyOptions } from "../helpers/toy.ts";

const bank = uploadImages(gpu, toyImages(10));
const options = { ...toyOptions, epochs: 2, train: { bank }, valid: { bank } };

/** Trains while the dispatch of this number (from 0) is skipped; gives the number of dispatches. */
async function trainWithout(
  skipped: number,
  onEpoch: () => void = () => {},
  more: Partial<TrainOptions> = {},
): Promise<number> {
  const { prototype } = GPUComputePassEncoder;
  const original = prototype.dispatchWorkgroups;
  let count = 0;
  using _ = replaced(prototype, "dispatchWorkgroups", function (this: typeof prototype, ...grid) {
    // Over no workgroups nothing runs: so shaders are compiled.
    if (grid[0] === 0 || count++ !== skipped) original.apply(this, grid);
  });
  await train(gpu, { ...options, ...more }, onEpoch);
  return count;
}

Deno.test("download notices a skipped dispatch in the same epoch: 20 of 20", async () => {
  const total = await trainWithout(-1);
  const random = createRandom(1);
  for (let round = 0; round < 20; round++) {
    const skipped = random.integer(total);
    let epochs = 0;
    const work = () => trainWithout(skipped, () => epochs++);
    const error = await assertRejects(work, Error, "The GPU did not run 1 of ");
    const inEpoch = Math.floor(skipped / (total / 2)); // warping what validation keeps comes first
    assert(epochs <= inEpoch, `dispatch ${skipped} of ${total}, epoch ${epochs}: ${error.message}`);
  }
});

Deno.test("download notices a skipped dispatch for good: no state is kept, though a signal comes too", async () => {
  const total = await trainWithout(-1);
  const controller = new AbortController();
  let kept = 0;
  const { prototype } = GPUDevice;
  const original = prototype.createBuffer;
  using _ = replaced(prototype, "createBuffer", function (this: GPUDevice, descriptor) {
    // The signal comes while the result is waited for.
    if (descriptor.label === "staging") controller.abort(new Error("enough"));
    return original.call(this, descriptor);
  });
  const more = { signal: controller.signal, checkpoint: keepTo(() => kept++, false) };
  const run = () => trainWithout(Math.floor(total / 4), () => {}, more);
  await assertRejects(run, Error, "The GPU did not run 1 of ");
  assertEquals([controller.signal.aborted, kept], [true, 0]);
});

Deno.test("download notices that its own copy was skipped, also where no dispatch is pending", async () => {
  await gpu.scope(async (gpu) => {
    const x = createTensor(gpu, "x", [64], new Float32Array(64).fill(1));
    const clock = createTensor(gpu, "clock", [64]);
    submit(gpu, [await tick(gpu, clock)]);
    await download(gpu, [x]);
    {
      using _ = replaced(GPUQueue.prototype, "submit", () => undefined);
      await assertRejects(() => download(gpu, [x]), Error, "did not run 1 of 1 dispatches of tick");
    }
    assertEquals((await download(gpu, [x]))[0], new Float32Array(64).fill(1));
  });
});

Deno.test("addMark counts in the first lane, by the id that a shader has or a new one", () => {
  const own = "fn main(@builtin(global_invocation_id) id: vec3u) {\n  body();\n}";
  assert(
    addMark("x", own, 3).startsWith(
      "fn main(@builtin(global_invocation_id) id: vec3u) { if (all(id == vec3u(0u))) { atomicAdd(&mark, 1u); }\n",
    ),
  );
  const none = "fn main(@builtin(workgroup_id) group: vec3u) {\n}";
  const code = addMark("x", none, 3);
  assert(
    code.includes("@builtin(global_invocation_id) mark_id: vec3u) { if (all(mark_id =="),
    code,
  );
  assert(code.includes("@group(0) @binding(3) var<storage, read_write> mark"), code);
  const long = "fn main(\n  @builtin(workgroup_id) group: vec3u,\n) {\n  body();\n}";
  assertEquals(addMark("x", long, 3).split("\n").indexOf("  body();"), 3); // lines keep their numbers
  const held = "struct In {\n  @builtin(global_invocation_id) at: vec3u\n}\nfn main (in: In)\n{\n}";
  assert(addMark("x", held, 3).includes("fn main (in: In)\n{ if (all(in.at == vec3u(0u)))"));
  const taken =
    "var<private> mark: u32;\nfn main(@builtin(local_invocation_id) mark__id: vec3u) {}";
  assert(addMark("x", taken, 3).includes("atomicAdd(&mark__, 1u)"), addMark("x", taken, 3));
  assertThrows(() => addMark("x", "fn other() {}", 1), TypeError, "Cannot bind x");
});
