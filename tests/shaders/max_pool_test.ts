import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download, upload } from "../../src/gpu/tensor.ts";
import { convPoolForward, createConvPoolMaps } from "../../src/nn/conv_pool.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { DEAD } from "../../src/reference/conv_pool.ts";
import { assertEquals } from "../assert.ts";
import { gpu } from "../device.ts";
import { assertTwin } from "./twin.ts";

Deno.test("max_pool keeps each window's maximum and its place", () => assertTwin("max_pool"));

Deno.test("max_pool takes the first of equal maxima, and calls a window without life dead", async () => {
  const { convs: [layer], row } = createLayout({
    input: [2, 6, 1],
    blocks: [{ kernel: 1, filters: 1, stride: 1, pool: 2, poolStride: 2 }],
    ...{ dense: [2], dropout: [0] },
  });
  const maps = createConvPoolMaps(gpu, layer, 1, 1);
  const x = createTensor(gpu, "x", [1, 1, 2, 6, 1]);
  const parameters = createTensor(gpu, "parameters", [1, row]);
  const steps = await convPoolForward(gpu, layer, { x, parameters, ...maps });
  upload(gpu, maps.z, Float32Array.of(...[1, 5, 0, -1, -3, 2], ...[5, 5, -2, -1, 2, 1]));
  submit(gpu, steps.filter(({ label }) => label === "max_pool"));
  const [y, argmax] = await download(gpu, [maps.y, maps.argmax]);
  assertEquals([...y], [5, 0, 2]);
  assertEquals([...new Uint32Array(argmax.buffer, argmax.byteOffset, 3)], [1, DEAD, 1]);
});
