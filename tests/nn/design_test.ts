import { checkDesign } from "../../src/nn/check_design.ts";
import { buildNetwork, leastSide, type NetworkDesign } from "../../src/nn/design.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { PAPER, PAPER64, phase1Network, phase2Network } from "../../src/nn/paper_network.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertEquals, assertThrows } from "../helpers/assert.ts";

Deno.test("buildNetwork puts each phase's head behind the blocks", () => {
  assertEquals(buildNetwork(PAPER, "phase1", 20), phase1Network(20));
  assertEquals(buildNetwork(PAPER, "phase2", 10, 64), phase2Network(10, [64, 64]));
  const phase2 = { dense: [6], dropout: [0.1, 0.2] };
  const { dense, dropout } = buildNetwork({ ...PAPER, phase2 }, "phase2", 3);
  assertEquals([dense, dropout], [[6, 3], [0.1, 0.2]]);
});

Deno.test("leastSide is the smallest side that createLayout and checkDesign take", () => {
  assertEquals(leastSide(PAPER.blocks), 41);
  const random = createRandom(1), upTo = (most: number) => 1 + random.integer(most);
  for (let i = 0; i < 100; i++) {
    const blocks = Array.from({ length: upTo(4) }, () => {
      const [kernel, stride, pool, poolStride] = [5, 3, 4, 4].map(upTo);
      return { kernel, filters: 1, stride, pool, poolStride };
    });
    const side = leastSide(blocks), design = (input: number) => ({ input, blocks });
    const built = checkDesign(design(side), "");
    createLayout(buildNetwork(built, "phase1", 2));
    if (side === 1) continue;
    assertThrows(() => checkDesign(design(side - 1), ""), TypeError, "larger images");
    assertThrows(() => createLayout(buildNetwork(built, "phase1", 2, side - 1)), RangeError);
  }
});

Deno.test("paper64 takes the paper's priors, and keeps its maps at 64×64", () => {
  const shapes = ({ blocks }: NetworkDesign) =>
    blocks.map(({ kernel, filters }) => [kernel, filters]);
  assertEquals(shapes(PAPER64), shapes(PAPER));
  const sides = (design: NetworkDesign) =>
    createLayout(buildNetwork(design, "phase1", 20, 64)).convs.map(({ outHeight }) => outHeight);
  assertEquals(sides(PAPER), [10, 4, 2]);
  assertEquals(sides(PAPER64), [31, 15, 13]);
  assert(PAPER64.input === 64);
});
