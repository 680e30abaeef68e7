import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { convPoolForward, createConvPoolMaps } from "../../src/nn/conv_pool.ts";
import { createKernelPages } from "../../src/nn/kernel_pages.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { createRandom } from "../../src/random.ts";
import { arrayOf } from "../../src/reference/array.ts";
import { conv } from "../../src/reference/conv_pool.ts";
import { read } from "../../src/reference/network.ts";
import { assertEquals, assertRejects, assertRelative } from "../assert.ts";
import { gpu } from "../device.ts";

const layerOf = (kernel: number, channels: number, filters: number) => {
  const block = { kernel, filters, stride: 1, pool: 1, poolStride: 1 };
  const input = [2, 3, channels] as const;
  const { convs: [layer], row } = createLayout({
    input,
    blocks: [block],
    dense: [2],
    dropout: [0],
  });
  return { layer, row };
};

Deno.test("createKernelPages deals whole units onto as many pages as they need", async () => {
  const { layer, row } = layerOf(5, 7, 13); // 5·7·36 = 1260 floats a unit of 7 filters, 13 a page
  const pagesOf = async (trials: number) => {
    const parameters = createTensor(gpu, "parameters", [trials, row]);
    const { tile, pages } = await createKernelPages(gpu, layer, parameters, "forward");
    assertEquals(tile, 7);
    return pages.map(({ units }) => units);
  };
  assertEquals(await pagesOf(6), [12]);
  assertEquals(await pagesOf(14), [13, 13, 2]);
});

Deno.test("createKernelPages makes tiles smaller where a kernel is large, and conv agrees", async () => {
  const { layer, row } = layerOf(7, 48, 8);
  const random = createRandom(2);
  const normals = (count: number) => new Float32Array(count).map(() => random.normal());
  const [values, images] = [normals(row), normals(2 * 3 * 48)];
  const parameters = createTensor(gpu, "parameters", [1, row], values);
  assertEquals((await createKernelPages(gpu, layer, parameters, "forward")).tile, 6);

  const { height, width, top, left } = layer.x;
  const padded = new Float32Array(height * width * 48);
  images.forEach((value, i) => {
    const [r, q, c] = [Math.floor(i / 144), Math.floor(i / 48) % 3, i % 48];
    padded[((top + r) * width + left + q) * 48 + c] = value;
  });
  const x = createTensor(gpu, "x", [1, 1, height, width, 48], padded);
  const maps = createConvPoolMaps(gpu, layer, 1, 1);
  submit(gpu, await convPoolForward(gpu, layer, { x, parameters, ...maps }));
  const [z] = await download(gpu, [maps.z]);
  const twin = conv(
    layer,
    arrayOf([1, 2, 3, 48], images),
    read(values, layer.weights),
    read(values, layer.bias),
  );
  assertRelative(z, twin.data, 1e-5, "z");
});

Deno.test("createKernelPages refuses a filter that exceeds a page", async () => {
  const { layer, row } = layerOf(7, 700, 1);
  const parameters = createTensor(gpu, "parameters", [1, row]);
  await assertRejects(
    () => createKernelPages(gpu, layer, parameters, "forward"),
    RangeError,
    "Cannot place a 7×7 kernel over 700 maps",
  );
});
