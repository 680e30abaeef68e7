import { checkDesign } from "../../src/nn/check_design.ts";
import { PAPER } from "../../src/nn/paper_network.ts";
import { assert, assertEquals, assertThrows } from "../helpers/assert.ts";

const BLOCK = { kernel: 3, filters: 4 };

Deno.test("checkDesign fills in what is left out", () => {
  assertEquals(checkDesign({ blocks: [BLOCK, { ...BLOCK, pool: 3 }] }, ""), {
    input: 200,
    blocks: [
      { kernel: 3, filters: 4, stride: 1, pool: 1, poolStride: 1 },
      { kernel: 3, filters: 4, stride: 1, pool: 3, poolStride: 3 },
    ],
    dense: [],
    dropout: [0.5],
    phase2: { dense: [], dropout: [0.5] },
  });
  const hidden = checkDesign({ blocks: [BLOCK], dense: [9, 8], dropout: [0, 0.1, 0.2] }, "");
  assertEquals(hidden.phase2, { dense: [], dropout: [0.2] });
  const own = checkDesign({ blocks: [BLOCK], phase2: { dense: [7] } }, "");
  assertEquals([own.dense, own.phase2], [[], { dense: [7], dropout: [0.5, 0.5] }]);
  assertEquals(checkDesign(JSON.parse(JSON.stringify(PAPER)), ""), PAPER);
});

/** What is wrong, what the message says of the field and its value, and what would do. */
const WRONG: [design: unknown, state: string, advice: string][] = [
  [[BLOCK], `it is [{"kernel":3,"filters":4}]`, `give {"blocks": [`],
  [{}, "blocks is missing", "give a list of blocks, such as [{"],
  [{ blocks: [] }, "blocks is []", "give a list of blocks, such as [{"],
  [{ blocks: [7] }, "blocks[0] is 7", "give fields in braces: kernel, filters,"],
  [{ blocks: [{ filters: 4 }] }, "blocks[0].kernel is missing", "from 1 to 15, such as 5"],
  [
    { blocks: [{ ...BLOCK, kernel: "5" }] },
    `blocks[0].kernel is "5"`,
    "a whole number from 1 to 15",
  ],
  [{ blocks: [{ ...BLOCK, filters: 2.5 }] }, "blocks[0].filters is 2.5", "from 1 to 4096"],
  [{ blocks: [BLOCK, { ...BLOCK, stride: 0 }] }, "blocks[1].stride is 0", "from 1 to 64"],
  [{ blocks: [{ ...BLOCK, pool: 16 }] }, "blocks[0].pool is 16", "from 1 to 15"],
  [{ blocks: [{ ...BLOCK, pool_stride: 2 }] }, "blocks[0].pool_stride is 2", "mean poolStride?"],
  [{ blocks: [BLOCK], colour: 1 }, "colour is 1", "there are input, blocks, dense"],
  [{ blocks: [BLOCK], Dropout: [0.1] }, "Dropout is [0.1]", "mean dropout?"],
  [{ blocks: [BLOCK], input: [64, 64, 3] }, "input is [64,64,3]", "from 1 to 4096, such as 64"],
  [{ blocks: [BLOCK], dense: 128 }, "dense is 128", "give a list of widths, such as [128]"],
  [{ blocks: [BLOCK], dense: [0] }, "dense[0] is 0", "a whole number from 1 to 65536"],
  [
    { blocks: [BLOCK], dense: [9], dropout: [0.5] },
    "dropout is [0.5]",
    "give 2 rates, one before each",
  ],
  [{ blocks: [BLOCK], dropout: [0.5, 0.5] }, "dropout is [0.5,0.5]", "give one rate"],
  [{ blocks: [BLOCK], dropout: [1] }, "dropout[0] is 1", "give a number ≥ 0 and < 1"],
  [{ blocks: [BLOCK], phase2: null }, "phase2 is null", "give fields in braces: dense, dropout"],
  [{ blocks: [BLOCK], phase2: { dense: ["9"] } }, `phase2.dense[0] is "9"`, "a whole number"],
  [
    { input: 9, blocks: [{ ...BLOCK, pool: 4 }, { ...BLOCK, pool: 3 }] },
    "blocks[1].pool is 3, but the map that it pools is 2×2 where images are 9×9",
    "give 1 to 2, or larger images",
  ],
];

for (const [design, state, advice] of WRONG) {
  Deno.test(`checkDesign refuses a network where ${state}`, () => {
    const { message } = assertThrows(() => checkDesign(design, "in net.json"), TypeError);
    const [head, fault, ...more] = message.split("\n  ");
    assertEquals([head, more], ["Cannot use the network in net.json:", []]);
    assert(fault.startsWith(state) && fault.includes(advice), fault);
  });
}

Deno.test("checkDesign names all that is wrong at once", () => {
  const design = {
    input: 4,
    blocks: [{ kernal: 3, filters: 4 }, { ...BLOCK, stride: 2, pool: 3 }],
    dense: [-1],
    dropout: [0.5, "much"],
  };
  const { message } = assertThrows(() => checkDesign(design, "in net.json"), TypeError);
  assertEquals(message.split("\n  ").slice(1).map((fault) => fault.split(/[ ,;]/)[0]), [
    "blocks[0].kernal",
    "blocks[0].kernel",
    "dense[0]",
    "dropout[1]",
    "blocks[1].pool",
  ]);
});
