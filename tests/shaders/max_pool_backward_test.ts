import { layoutOf } from "../../src/doctor/conv_layer.ts";
import { arrayOf } from "../../src/reference/array.ts";
import { maxPool, maxPoolBackward } from "../../src/reference/conv_pool.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("max_pool_backward's twin adds where overlapping windows share their maximum", () => {
  const [layer] = layoutOf([1, 4, 1], {}).convs;
  // Windows of 2×2 at a stride of 1 over two rows of four.
  const overlapping = { ...layer, pool: 2, convHeight: 2, outHeight: 1, outWidth: 3 };
  const z = arrayOf([1, 2, 4, 1], [1, 9, 2, -1, 0, 3, 1, -4]);
  const { argmax } = maxPool(overlapping, z);
  const dz = maxPoolBackward(overlapping, arrayOf([1, 1, 3, 1], [10, 20, 30]), argmax);
  assertEquals([...dz.data], [0, 30, 30, 0, 0, 0, 0, 0]);
});
