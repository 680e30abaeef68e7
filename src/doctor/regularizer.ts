/**
 * The penalties' shaders against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download, upload } from "../gpu/tensor.ts";
import { createLayout } from "../nn/layout.ts";
import { createRegularizer } from "../nn/regularizer.ts";
import type { Random } from "../random.ts";
import * as twins from "../reference/regularizer.ts";
import { type Case, different, relative, ROUNDING } from "./case.ts";
import { between, normals, poison } from "./draws.ts";

/** A symmetric positive definite float32 matrix (D, D): a precision. */
export function drawPrecision(random: Random, dimensions: number): Float64Array {
  const factor = normals(random, [dimensions, dimensions]);
  const at = (i: number, j: number) => {
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < dimensions; k++) {
      sum += factor[i * dimensions + k] * factor[j * dimensions + k] / dimensions;
    }
    return Math.fround(sum);
  };
  return Float64Array.from(
    { length: dimensions ** 2 },
    (_, i) => at(Math.floor(i / dimensions), i % dimensions),
  );
}

/** Both shaders run in one network: SK on the conv kernels, L2 on all or on the dense ones alone. */
export const penaltyCase = (mode: "l2" | "sk"): Case => async (gpu, random, paper) => {
  const block = () => ({
    kernel: paper ? 5 : between(random, 1, 5),
    filters: between(random, 1, 7),
    stride: 1,
    pool: 1,
    poolStride: 1,
  });
  const channels = paper ? 3 : between(random, 1, 4); // the paper's D = 75: more rows than lanes
  const layout = createLayout({
    input: [3, 2, channels],
    blocks: [block(), block()],
    dense: [between(random, 100, 130), between(random, 40, 50)], // more than one chunk of 4096
    dropout: [0, 0],
  });
  const { convs, denses, row } = layout;
  const trials = between(random, 2, 3);
  const lambda = Array.from(normals(random, [trials]), Math.abs);
  const denseL2 = mode === "sk" ? [0, 0] : Array.from(normals(random, [2]), Math.abs);
  // Rank 3 in the first layer and rank 2 in the second, as the paper has them.
  const precisions = mode === "l2"
    ? undefined
    : convs.map(({ kernel, channels }, i) =>
      drawPrecision(random, kernel ** 2 * (i === 0 ? channels : 1))
    );

  const values = normals(random, [trials, row]), before = normals(random, [trials, row]);
  const parameters = createTensor(gpu, "parameters", [trials, row], values);
  const gradients = createTensor(gpu, "gradients", [trials, row], before);
  const spec = { lambda, precisions, denseL2 };
  const rows = { parameters, gradients };
  const { penalties, regularize, measure } = await createRegularizer(gpu, layout, spec, rows);
  upload(gpu, penalties, poison(penalties.shape));
  submit(gpu, measure);
  const [measured, untouched] = await download(gpu, [penalties, gradients]);
  upload(gpu, penalties, poison(penalties.shape));
  submit(gpu, regularize);
  const [regularized, after] = await download(gpu, [penalties, gradients]);

  const expected = Float64Array.from(before);
  const sums = lambda.map((lambda, trial) => {
    const own = [trial * row, (trial + 1) * row] as const, of = { lambda, precisions, denseL2 };
    return twins.regularize(layout, of, values.subarray(...own), expected.subarray(...own));
  });
  const total = (parts: Float32Array) =>
    sums.map((_, trial) => {
      const count = parts.length / trials;
      return parts.subarray(trial * count, (trial + 1) * count).reduce((a, b) => a + b, 0);
    });
  return {
    shape: `${trials} trials of conv ${convs.map(({ weights }) => weights.shape.join("×"))}, ` +
      `dense ${denses.map(({ weights }) => weights.shape.join("×"))}`,
    error: Math.max(
      relative(total(measured), sums),
      relative(total(regularized), sums),
      relative(after, expected),
      different(untouched, before),
    ),
    bound: ROUNDING,
  };
};
