import { openGpu } from "../mod.ts";
import { assert, assertEquals } from "./helpers/assert.ts";
import { test } from "./helpers/folders.ts";
import { soak } from "../tasks/torture/soak.ts";
import { SIZE, SMALL } from "../tasks/torture/small_set.ts";

// Longer, and with 20 networks: deno task torture --soak=300
test("phase1 grows neither the process nor what lives on the GPU over 60 epochs", async (dir) => {
  const gpu = await openGpu();
  const size = { trials: 2, epochs: 60, size: SIZE, perClass: 3, network: SMALL };
  const { memory, objects } = await soak(gpu, dir, size);
  gpu.close();
  assert(objects.early > 50, `${objects.early} objects are too few to be all`);
  assertEquals(objects.late, objects.early);
  assert(memory.late < 1.1 * memory.early, `${memory.early} bytes grew to ${memory.late}`);
});
