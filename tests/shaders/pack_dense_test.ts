import { submit } from "../../src/gpu/shader.ts";
import { downloadSheet } from "../../src/gpu/sheet.ts";
import { createTensor } from "../../src/gpu/tensor.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { packDense } from "../../src/nn/packed_kernels.ts";
import { assertEquals } from "../assert.ts";
import { gpu, withLimits } from "../device.ts";
import { assertTwin } from "./twin.ts";

Deno.test("pack_dense fills rows and columns up with zeros", () => assertTwin("pack_dense"));

Deno.test("pack_dense folds rows side by side where a texture is too small", async () => {
  const { denses: [, layer], row } = createLayout({
    input: [1, 1, 1],
    blocks: [{ kernel: 1, filters: 1, stride: 1, pool: 1, poolStride: 1 }],
    ...{ dense: [12, 2], dropout: [0, 0] },
  });
  const values = new Float32Array(row).map((_, i) => i - layer.weights.offset + 1);
  const parameters = createTensor(gpu, "parameters", [1, row], values);
  const { packed, pack } = await packDense(
    withLimits({ maxTextureDimension2D: 8 }),
    layer,
    parameters,
    3,
  );
  submit(gpu, [pack]);
  assertEquals(packed.shape, [1, 8, 2]); // rows 0 … 7, and beside them 8 … 11
  const texels = await downloadSheet(gpu, packed);
  const pair = (row: number, column: number) =>
    [...texels.subarray((row * 2 + column) * 4)].slice(0, 3);
  assertEquals([pair(0, 0), pair(7, 0)], [[1, 2, 0], [15, 16, 0]]);
  assertEquals([pair(0, 1), pair(3, 1), pair(4, 1)], [[17, 18, 0], [23, 24, 0], [0, 0, 0]]);
});
