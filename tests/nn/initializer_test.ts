import { phase1Network } from "../../src/nn/paper_network.ts";
import { initialParameters } from "../../src/nn/initializer.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertEquals } from "../helpers/assert.ts";

const layout = createLayout(phase1Network(20));
const part = (row: Float32Array, name: string) => {
  const { offset, size } = layout.parameters.find((parameter) => parameter.name === name)!;
  return row.subarray(offset, offset + size);
};

Deno.test("initialParameters draws kernels within Glorot's limits, and biases 0", () => {
  const row = initialParameters(layout, createRandom(1));
  const limits = {
    "conv2d_1.kernel": Math.sqrt(6 / (25 * 3 + 25 * 5)),
    "conv2d_2.kernel": Math.sqrt(6 / (25 * 5 + 25 * 10)),
    "dense_1.kernel": Math.sqrt(6 / (1568 + 128)),
    "dense_2.kernel": Math.sqrt(6 / (128 + 20)),
  };
  for (const [name, limit] of Object.entries(limits)) {
    const values = part(row, name);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert(largest <= limit * (1 + 1e-6) && largest > 0.97 * limit, `${name}: ${largest}`);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    assert(Math.abs(mean) < 4 * limit / Math.sqrt(3 * values.length), `${name}: mean ${mean}`);
  }
  for (const { bias } of [...layout.convs, ...layout.denses]) {
    assert(part(row, bias.name).every((value) => value === 0), bias.name);
  }
  assert(row.subarray(layout.parameterCount).every((value) => value === 0));
});

Deno.test("initialParameters gives equal rows for equal seeds, others for others", () => {
  const draw = (seed: number) => initialParameters(layout, createRandom(seed));
  assertEquals(draw(4), draw(4));
  assert(draw(4).some((value, i) => value !== draw(5)[i]));
});

Deno.test("initialParameters takes conv kernels as vectors of either rank", () => {
  const vectors = layout.convs.map(({ kernel, channels, filters }, i) => {
    const dimensions = kernel ** 2 * (i === 0 ? channels : 1);
    const count = kernel ** 2 * channels * filters / dimensions;
    // Element d of vector v is v + d/1000.
    const values = Float64Array.from(
      { length: count * dimensions },
      (_, at) => Math.floor(at / dimensions) + at % dimensions / 1000,
    );
    return { dimensions, values };
  });
  const row = initialParameters(layout, createRandom(1), vectors);
  const at = (i: number, ky: number, kx: number, c: number, m: number) => {
    const { weights, channels, filters } = layout.convs[i];
    return row[weights.offset + ((ky * 5 + kx) * channels + c) * filters + m];
  };
  // Rank 3: vector m, element (ky, kx, c); rank 2: vector (c, m), element (ky, kx).
  assertEquals(at(0, 1, 2, 1, 4), Math.fround(4 + ((1 * 5 + 2) * 3 + 1) / 1000));
  assertEquals(at(1, 3, 4, 2, 7), Math.fround(2 * 10 + 7 + (3 * 5 + 4) / 1000));
  const glorot = initialParameters(layout, createRandom(1));
  assertEquals(part(row, "dense_1.kernel"), part(glorot, "dense_1.kernel"));
  const some = initialParameters(layout, createRandom(1), [vectors[0], undefined, vectors[2]]);
  assertEquals(part(some, "conv2d_2.kernel"), part(glorot, "conv2d_2.kernel"));
  assertEquals(part(some, "conv2d_3.kernel"), part(row, "conv2d_3.kernel"));
});
