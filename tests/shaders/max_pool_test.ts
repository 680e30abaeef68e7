import { layoutOf } from "../../src/doctor/conv_layer.ts";
import { submit } from "../../src/gpu/shader.ts";
import { downloadSheet } from "../../src/gpu/sheet.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { createConvPoolMaps } from "../../src/nn/conv_pool.ts";
import { maxPoolForward } from "../../src/nn/max_pool.ts";
import { DEAD } from "../../src/reference/conv_pool.ts";
import { assertEquals } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

Deno.test("max_pool takes the first of equal maxima, and calls a window without life dead", async () => {
  const [layer] = layoutOf([2, 6, 1], { pool: 2, poolStride: 2 }).convs;
  const maps = createConvPoolMaps(gpu, layer, 1, 1);
  // A row of six is two vectors of four; what stands behind it must not count.
  const values = [[1, 5, 0, -1, -3, 2, 99, 99], [5, 5, -2, -1, 2, 1, 99, 99]].flat();
  const z = createTensor(gpu, "z", [1, 1, 1, 2, 8], Float32Array.from(values));
  submit(gpu, [await maxPoolForward(gpu, layer, { z, ...maps })]);
  const y = (await downloadSheet(gpu, maps.y)).filter((_, i) => i % 4 === 0);
  const [argmax] = await download(gpu, [maps.argmax]);
  assertEquals([...y], [5, 0, 2]);
  const places = new Uint8Array(argmax.buffer, argmax.byteOffset, 12).filter((_, i) => i % 4 === 0);
  assertEquals([...places], [1, DEAD, 1]);
});
