import { checkNetwork, refuseLarge } from "../../src/doctor/any_network.ts";
import { checkDesign } from "../../src/nn/check_design.ts";
import { PAPER, PAPER64 } from "../../src/nn/paper_network.ts";
import { assert, assertEquals, assertThrows } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

const design = checkDesign({
  input: 9,
  blocks: [{ kernel: 3, filters: 4, stride: 2 }, { kernel: 1, filters: 3, pool: 2 }],
  dense: [5],
}, "");

Deno.test("checkNetwork judges a network in both phases", async () => {
  const checks = await checkNetwork(gpu, design, 1);
  assertEquals(checks.map(({ group }) => group.split(":")[0]), [
    ...Array(4).fill("phase1"),
    ...Array(4).fill("phase2"),
  ]);
  for (const { group, error, bound } of checks) assert(error <= bound, `${group}: ${error}`);
});

Deno.test("refuseLarge lets through what plain loops can do, and says what would do", () => {
  for (const one of [design, PAPER, PAPER64]) refuseLarge(one);
  const wide = { ...PAPER, dense: [65_536], blocks: [{ ...PAPER.blocks[0], filters: 512 }] };
  assertThrows(() => refuseLarge(wide), Error, "million multiply-adds an image; 500 million are");
});
