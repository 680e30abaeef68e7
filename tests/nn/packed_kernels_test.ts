import { layoutOf } from "../../src/doctor/conv_layer.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { submit } from "../../src/gpu/shader.ts";
import { uploadSheet } from "../../src/gpu/sheet.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { fromPlanes, toSheet } from "../../src/doctor/stored.ts";
import { createImages } from "../../src/nn/augment.ts";
import { convForward } from "../../src/nn/conv.ts";
import { createPlanes } from "../../src/nn/conv_pool.ts";
import { fitTogether, type Packing } from "../../src/nn/packed_kernels.ts";
import { createRandom } from "../../src/random.ts";
import { arrayOf } from "../../src/reference/array.ts";
import { conv } from "../../src/reference/conv_pool.ts";
import { read } from "../../src/reference/network.ts";
import { assert, assertRelative } from "../helpers/assert.ts";
import { gpu as opened } from "../helpers/device.ts";

/** Only there are kernels packed. */
const gpu: Gpu = { ...opened, tunedFor: "cpu" };

Deno.test("packKernels cuts many channels into chunks, and conv adds them up", async () => {
  const { convs: [layer], row } = layoutOf([2, 3, 48], { kernel: 7, filters: 8 });
  const random = createRandom(2);
  const normals = (count: number) => new Float32Array(count).map(() => random.normal());
  const [values, images] = [normals(row), normals(2 * 3 * 48)];
  const parameters = createTensor(gpu, "parameters", [1, row], values);
  const x = createImages(gpu, "x", layer.x, 1, 1);
  uploadSheet(gpu, x, toSheet(images, [2, 3, 48], layer.x));
  const z = createPlanes(gpu, "z", [1, 1, 8], 2, 3);
  const [pack, convolve] = await (await convForward(gpu, layer, { parameters, z }))(x);
  assert(pack.label === "pack_kernels" && convolve.label === "conv");
  submit(gpu, [pack, convolve]);
  const [planes] = await download(gpu, [z]);
  const [kernel, bias] = [read(values, layer.weights), read(values, layer.bias)];
  const twin = conv(layer, arrayOf([1, 2, 3, 48], images), kernel, bias);
  assertRelative(fromPlanes(planes, [2, 3, 8]), twin.data, 1e-5, "z");
});

Deno.test("fitTogether wants one sheet for all trials, at most twice what the kernels take apart", () => {
  const { convs: [layer] } = layoutOf([9, 9, 3], { filters: 8 });
  const packing = (texels: number): Packing => {
    return { layer, direction: "forward", chunks: { chunk: 3, count: 1, texels } };
  };
  const [narrow, wide] = [packing(1), packing(1000)];
  assert(fitTogether(gpu, 20, [wide, wide]), "alike");
  assert(fitTogether(gpu, 20, [wide, narrow]), "half of it is empty");
  assert(!fitTogether(gpu, 20, [wide, narrow, narrow]), "two thirds are empty");
  const { maxTextureDimension2D: side } = gpu.device.limits;
  assert(!fitTogether(gpu, side ** 2, [narrow, narrow]), "too many trials");
  assert(!fitTogether(gpu, 1, Array(side / 8 + 1).fill(narrow)), "too many rows");
});
