import { arrayOf } from "../../src/reference/array.ts";
import { l2 } from "../../src/reference/regularizer.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("l2's twin of (3, 4) is 25 λ", () => {
  const { penalty, gradient } = l2(arrayOf([2], [3, 4]), 2);
  assertEquals(penalty, 50);
  assertEquals([...gradient.data], [12, 16]);
});
