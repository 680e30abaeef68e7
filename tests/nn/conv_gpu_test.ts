import { layoutOf } from "../../src/doctor/conv_layer.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { submit } from "../../src/gpu/shader.ts";
import { uploadSheet } from "../../src/gpu/sheet.ts";
import { createTensor, download, upload } from "../../src/gpu/tensor.ts";
import { createImages } from "../../src/nn/augment.ts";
import { convBackwardToInput, convForward } from "../../src/nn/conv.ts";
import { createGradientMap, createPlanes } from "../../src/nn/conv_pool.ts";
import { type ConvLayout, quads } from "../../src/nn/layout.ts";
import { createPartials } from "../../src/nn/partials.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { gpu as opened } from "../helpers/device.ts";

const gpu: Gpu = { ...opened, tunedFor: "gpu" };

const random = createRandom(3);
const normals = (count: number) => new Float32Array(count).map(() => random.normal());
const SIDE = 25, BATCH = 2;

/** z and dx of trials that are all the same, and the columns × filters of a lane of z. */
async function convolve(layer: ConvLayout, row: Float32Array, trials: number, maps: {
  x: Float32Array<ArrayBuffer>;
  dz: Float32Array<ArrayBuffer>;
}) {
  const { convHeight, convWidth, filters, channels, height, width } = layer;
  const rows = new Float32Array(trials * row.length).map((_, i) => row[i % row.length]);
  const parameters = createTensor(gpu, "parameters", [trials, row.length], rows);
  const x = createImages(gpu, "x", layer.x, 1, BATCH);
  uploadSheet(gpu, x, maps.x);
  const dz = createGradientMap(gpu, layer, trials, BATCH);
  const texels = new Float32Array(trials * maps.dz.length);
  for (let t = 0; t < trials; t++) texels.set(maps.dz, t * maps.dz.length);
  uploadSheet(gpu, dz, texels);
  const z = createPlanes(gpu, "z", [trials, BATCH, filters], convHeight, convWidth);
  const dx = createPlanes(gpu, "dx", [trials, BATCH, channels], height, width);
  const steps = [
    ...await (await convForward(gpu, layer, { parameters, z }))(x),
    ...await convBackwardToInput(gpu, layer, { dz, parameters, dx }),
  ];
  submit(gpu, steps);
  const { COLUMNS, TILE } = steps[0].from.binding.constants;
  return { tile: `${COLUMNS}×${TILE}`, values: await download(gpu, [z, dx]) };
}

/** Fails unless each number of trials has that tile, and the bits of a trial alone. */
async function assertBits(kernel: number, channels: number, tiles: Record<number, string>) {
  const { convs: [layer], row } = layoutOf([SIDE, SIDE, channels], {
    kernel,
    filters: 10,
    stride: 2,
  });
  const maps = {
    x: normals(BATCH * layer.x.height * layer.x.width * 4 * quads(channels)),
    dz: normals(BATCH * layer.dz.height * layer.dz.width * 4 * quads(10)),
  };
  const parameters = normals(row), alone = await convolve(layer, parameters, 1, maps);
  assertEquals(alone.tile, "2×2");
  for (const [trials, expected] of Object.entries(tiles)) {
    const { tile, values } = await convolve(layer, parameters, Number(trials), maps);
    assertEquals(tile, expected);
    values.forEach((all, i) => {
      const one = alone.values[i], used = i === 0 ? layer.convWidth : SIDE;
      const wrong = all.findIndex((value, at) =>
        at % (4 * quads(used)) < used && value !== one[at % one.length]
      );
      assert(wrong < 0, `${["z", "dx"][i]} of ${trials} trials is ${all[wrong]} at ${wrong}`);
    });
  }
}

Deno.test("convolve comes to the same bits in every tile", () =>
  assertBits(2, 5, { 32: "2×4", 48: "2×5", 96: "2×10", 160: "4×10" }));

Deno.test("convolve comes to the same bits where the weights of a larger tile come in chunks", () =>
  assertBits(7, 7, { 160: "4×10" }));

Deno.test("createPartials sums up a kernel of more than a million weights", async () => {
  const { convs: [, layer], row } = layoutOf(
    [3, 3, 1],
    { filters: 350 },
    { kernel: 3, filters: 350 },
  );
  const gradients = createTensor(gpu, "gradients", [1, row]);
  const { partials, sum } = await createPartials(gpu, layer, 2, gradients);
  const { size, offset } = layer.weights, [, , each] = partials.shape;
  const values = Float32Array.from({ length: 2 * each }, (_, i) => i % each);
  upload(gpu, partials, values);
  submit(gpu, [sum]);
  const [sums] = await download(gpu, [gradients]);
  for (let i = 0; i < size; i++) assert(sums[offset + i] === 2 * i, `sum ${i}`);
  for (let i = 0; i < 350; i++) assert(sums[layer.bias.offset + i] === 2 * (size + i));
});
