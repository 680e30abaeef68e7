import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { createRegularizer, type RegularizerSpec } from "../../src/nn/regularizer.ts";
import { assertEquals, assertRejects } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

const block = { kernel: 3, filters: 2, stride: 1, pool: 1, poolStride: 1 };
const layout = createLayout({
  input: [4, 4, 3],
  blocks: [block, block],
  dense: [5, 2],
  dropout: [0, 0],
});
const TRIALS = 2;
const rows = (value: number) =>
  createTensor(
    gpu,
    "rows",
    [TRIALS, layout.row],
    new Float32Array(TRIALS * layout.row).fill(value),
  );

const create = (spec: RegularizerSpec) =>
  createRegularizer(gpu, layout, spec, { parameters: rows(1), gradients: rows(0) });

/** Each trial's penalty on parameters that are all 1. */
async function penaltiesOf(spec: RegularizerSpec): Promise<number[]> {
  const { penalties, measure } = await create(spec);
  submit(gpu, measure);
  const [parts] = await download(gpu, [penalties]);
  const count = parts.length / TRIALS;
  return [0, 1].map((t) => parts.subarray(t * count, (t + 1) * count).reduce((a, b) => a + b, 0));
}

Deno.test("createRegularizer penalises kernels, never biases, each trial by its own λ", async () => {
  // conv kernels of 54 and 36 weights, dense kernels of 160 and 10
  assertEquals(await penaltiesOf({ lambda: [1, 0.5], denseL2: [0, 0] }), [90, 45]);
  assertEquals(await penaltiesOf({ lambda: 0, denseL2: [0.25, 2] }), [60, 60]);
});

Deno.test("createRegularizer reads rank 3 and rank 2 off the precision's size", async () => {
  const ones = (dimensions: number) => new Float64Array(dimensions ** 2).fill(1);
  // wᵀSw of D ones is D²: 27² for each of 2 filters, 9² for each of 4 (channel, filter).
  const precisions = [ones(27), ones(9)];
  assertEquals(await penaltiesOf({ lambda: 1, precisions, denseL2: [0, 0] }), [1782, 1782]);
});

Deno.test("createRegularizer penalises 1×1 kernels by S = 1 as L2 does", async () => {
  const layout = createLayout({
    input: [4, 4, 3],
    blocks: [{ ...block, kernel: 1 }],
    dense: [2],
    dropout: [0],
  });
  const values = new Float32Array(layout.row).map((_, i) => i / 8);
  const [l2, sk] = await Promise.all([undefined, [Float64Array.of(1)]].map(async (precisions) => {
    const rows = {
      parameters: createTensor(gpu, "parameters", [1, layout.row], values),
      gradients: createTensor(gpu, "gradients", [1, layout.row]),
    };
    const spec = { lambda: 0.5, precisions, denseL2: [0] };
    const { penalties, regularize } = await createRegularizer(gpu, layout, spec, rows);
    submit(gpu, regularize);
    const [parts, gradients] = await download(gpu, [penalties, rows.gradients]);
    return [parts.reduce((a, b) => a + b, 0), gradients];
  }));
  assertEquals(sk, l2);
});

Deno.test("createRegularizer refuses strengths and precisions that do not fit", async () => {
  const refuse = (spec: Partial<RegularizerSpec>, kind: ErrorConstructor, message: string) =>
    assertRejects(() => create({ lambda: 1, denseL2: [0, 0], ...spec }), kind, message);
  await refuse({ lambda: -1 }, RangeError, "λ = -1: it must be a number ≥ 0");
  await refuse({ lambda: [1, NaN] }, RangeError, "λ = NaN");
  await refuse({ denseL2: [0, Infinity] }, RangeError, "λ = Infinity");
  await refuse({ lambda: [1, 1, 1] }, TypeError, "2 trials");
  await refuse({ denseL2: [0] }, TypeError, "2 dense layers with");
  const [nine, ten] = [new Float64Array(81), new Float64Array(100)];
  await refuse({ precisions: [nine] }, TypeError, "2 conv layers with 1 covariances");
  await refuse({ precisions: [nine, ten] }, TypeError, "Cannot regularize conv2d_2.kernel");
  await refuse({ precisions: [nine, new Float64Array(80)] }, TypeError, "conv2d_2.kernel");
});
