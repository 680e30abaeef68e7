import { phase2Network } from "../../src/nn/paper_network.ts";
import { checkModel } from "../../src/nn/model.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

const model = {
  network: phase2Network(2, [48, 48]),
  classes: ["a", "b"],
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3] },
};

Deno.test("checkModel gives a model back as it came through JSON", () => {
  const read = JSON.parse(JSON.stringify(model));
  assertEquals(checkModel(read, "summary.json"), model as unknown);
});

const { normalization } = model;
const BROKEN: [what: string, value: unknown, says: string][] = [
  ["null", null, ""],
  ["a network without blocks", { ...model, network: { input: [48, 48, 3] } }, ""],
  [
    "too small images",
    { ...model, network: phase2Network(2, [8, 8]) },
    "Cannot build conv2d_2",
  ],
  ["no classes", { ...model, classes: undefined }, "its classes are no list of names"],
  ["a class that is no name", { ...model, classes: ["a", 1] }, "its classes are no list of names"],
  ["a class too many", { ...model, classes: ["a", "b", "c"] }, "its 3 classes are not"],
  ["two means", { ...model, normalization: { ...normalization, mean: [1, 2] } }, "three means"],
  ["a zero deviation", { ...model, normalization: { ...normalization, std: [1, 0, 1] } }, "three"],
];
for (const [what, value, says] of BROKEN) {
  Deno.test(`checkModel refuses ${what}`, () => {
    const error = assertThrows(() => checkModel(value, "s.json"), TypeError, says);
    assertEquals(error.message.slice(0, 31), "Cannot use the model in s.json:");
  });
}
