import { fill, fromPlanes } from "../../src/doctor/stored.ts";
import { submit } from "../../src/gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { createTensor, download, sizeOf } from "../../src/gpu/tensor.ts";
import { denseBackward, denseForward } from "../../src/nn/dense.ts";
import { createFlat } from "../../src/nn/dropout.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { createRandom } from "../../src/random.ts";
import { arrayOf } from "../../src/reference/array.ts";
import * as twins from "../../src/reference/dense.ts";
import { read } from "../../src/reference/network.ts";
import { assert, assertRelative } from "../helpers/assert.ts";
import { gpu, withLimits } from "../helpers/device.ts";

Deno.test("dense, forward and backward, where its input is folded", async () => {
  const narrow = withLimits({ maxTextureDimension2D: 16 });
  const [batch, inputs, outputs] = [2, 200, 3];
  const { denses: [, layer], row } = createLayout({
    input: [1, 1, 1],
    blocks: [{ kernel: 1, filters: 1, stride: 1, pool: 1, poolStride: 1 }],
    dense: [inputs, outputs],
    dropout: [0, 0],
  });
  const random = createRandom(3);
  const normals = (count: number) => new Float32Array(count).map(() => random.normal());
  const [values, dys, weights] = [normals(batch * inputs).map(Math.abs), normals(6), normals(row)];

  const parameters = createTensor(gpu, "parameters", [1, row], weights);
  const x = createFlat(narrow, "x", [1, batch], inputs);
  const texels = sizeOf(x.shape.slice(2));
  assert(x.shape[2] > 1, `the input is not folded: [${x.shape}]`);
  uploadSheet(gpu, x, fill(values, inputs, 4 * texels));
  const y = createSheet(narrow, "y", [1, batch, 1, 1]);
  const dy = createTensor(gpu, "dy", [1, batch, 4], fill(dys, outputs, 4));
  const gradients = createTensor(gpu, "gradients", [1, row]);
  const dx = createTensor(gpu, "dx", [1, batch, 1, 1, inputs]);
  const map = { height: 1, width: inputs, channels: 1 };
  submit(gpu, [
    await denseForward(gpu, layer, { x, parameters, y }),
    ...await denseBackward(gpu, layer, map, { dy, x, parameters, gradients, dx }),
  ]);
  const [gradientRow, planes] = await download(gpu, [gradients, dx]);

  const [kernel, bias] = [read(weights, layer.weights), read(weights, layer.bias)];
  const [input, gradient] = [arrayOf([batch, inputs], values), arrayOf([batch, outputs], dys)];
  const forward = twins.dense(input, kernel, bias, false).data;
  assertRelative(await downloadSheet(gpu, y), fill(forward, outputs, 4), 1e-5, "y");
  const { dkernel } = twins.denseBackwardKernel(input, gradient);
  const { offset, size } = layer.weights;
  assertRelative(gradientRow.subarray(offset, offset + size), dkernel.data, 1e-5, "dkernel");
  const expected = twins.denseBackwardInput(gradient, input, kernel, 0).data;
  assertRelative(fromPlanes(planes, [1, inputs, 1]), expected, 1e-5, "dx");
});
