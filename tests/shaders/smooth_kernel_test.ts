import { arrayOf } from "../../src/reference/array.ts";
import { l2, smoothKernel } from "../../src/reference/regularizer.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("smooth_kernel's twin with S = 1 is L2", () => {
  const w = arrayOf([2, 3], [1, -2, 3, 4, -5, 6]);
  assertEquals(smoothKernel(w, arrayOf([2, 2], [1, 0, 0, 1]), 0.5), l2(w, 0.5));
});

Deno.test("smooth_kernel's twin punishes roughness where S says that neighbours agree", () => {
  const precision = arrayOf([2, 2], [1, -0.9, -0.9, 1]);
  const smooth = smoothKernel(arrayOf([2, 1], [1, 1]), precision, 1).penalty;
  const rough = smoothKernel(arrayOf([2, 1], [1, -1]), precision, 1).penalty;
  assertEquals([smooth.toFixed(6), rough.toFixed(6)], ["0.200000", "3.800000"]);
});
