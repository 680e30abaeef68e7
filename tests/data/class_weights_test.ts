import { classWeights } from "../../src/data/class_weights.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

Deno.test("classWeights are the rarest class's count over each count", () => {
  assertEquals([...classWeights([0, 0, 0, 0, 1, 2, 2], 3)], [0.25, 1, 0.5]);
  assertThrows(() => classWeights([0, 2], 3), RangeError, "class 1 has no image");
});
