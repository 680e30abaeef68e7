import { layoutOf } from "../../src/doctor/conv_layer.ts";
import { createRandom } from "../../src/random.ts";
import { arrayOf } from "../../src/reference/array.ts";
import { conv } from "../../src/reference/conv_pool.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("conv's twin pads as TensorFlow does: the extra line goes to the bottom and right", () => {
  const [layer] = layoutOf([4, 4, 1], { kernel: 3, stride: 2 }).convs;
  const random = createRandom(1);
  const x = arrayOf([1, 4, 4, 1], Array.from({ length: 16 }, () => random.normal()));
  // A kernel that picks the pixel under its upper left corner: no padding before the first pixel.
  const kernel = arrayOf([3, 3, 1, 1], [1, 0, 0, 0, 0, 0, 0, 0, 0]);
  const z = conv(layer, x, kernel, arrayOf([1], [0]));
  assertEquals([...z.data], [0, 2, 8, 10].map((at) => x.data[at]));
});
