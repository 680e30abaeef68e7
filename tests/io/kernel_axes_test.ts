import { type AxisOrder, guessOrder, nameAxes } from "../../src/io/kernel_axes.ts";
import { assertEquals } from "../helpers/assert.ts";

for (
  const [shapes, order] of [
    [[[64, 3, 7, 7]], "OIHW"],
    [[[7, 7, 3, 64]], "HWIO"],
    [[[64, 64, 3, 3]], "OIHW"],
    [[[3, 3, 64, 64]], "HWIO"],
    [[[16, 16, 3, 3]], "OIHW"], // 16 may be a kernel's side, but 3 is likelier
    [[[3, 3, 16, 16]], "HWIO"],
    [[[768, 3, 16, 16]], "OIHW"],
    [[[5, 5, 5, 5]], undefined],
    [[[5, 5, 3, 3]], undefined],
    [[[5, 5, 5, 5], [8, 5, 5, 5]], "OIHW"], // the other tells
    [[[8, 5, 3, 3], [3, 3, 5, 8]], undefined],
    [[[64, 64, 1, 1], [64, 32, 1, 7]], "OIHW"], // square in neither order
    [[], "OIHW"],
  ] as [number[][], AxisOrder | undefined][]
) {
  Deno.test(`guessOrder of ${JSON.stringify(shapes)} is ${order}`, () => {
    assertEquals(guessOrder(shapes), order);
  });
}

Deno.test("nameAxes gives both orders the same names", () => {
  const named = { rows: 5, columns: 7, channels: 3, filters: 64 };
  assertEquals(nameAxes([64, 3, 5, 7], "OIHW"), named);
  assertEquals(nameAxes([5, 7, 3, 64], "HWIO"), named);
});
