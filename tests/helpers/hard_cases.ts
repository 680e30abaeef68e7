/**
 * Small cases for plain loops, made up so that float32 has a hard time with some.
 *
 * @module
 */
import { normals } from "../../src/doctor/draws.ts";
import { type Draw, drawLayer } from "../../src/doctor/conv_layer.ts";
import type { NetworkCase } from "../../src/doctor/network_case.ts";
import { ADAM } from "../../src/nn/adam.ts";
import { initialParameters } from "../../src/nn/initializer.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { AS_IT_IS } from "../../src/nn/slots.ts";
import { createRandom, type Random } from "../../src/random.ts";
import { arrayOf, get, indices, zeros } from "../../src/reference/array.ts";
import { conv, placesOf } from "../../src/reference/conv_pool.ts";
import { dense } from "../../src/reference/dense.ts";
import { forward, read } from "../../src/reference/network.ts";

const [HEIGHT, WIDTH, CHANNELS, BATCH] = [9, 12, 2, 3];
const LAYOUT = createLayout({
  input: [HEIGHT, WIDTH, CHANNELS],
  blocks: [
    { kernel: 3, filters: 4, stride: 1, pool: 3, poolStride: 2 },
    { kernel: 3, filters: 3, stride: 1, pool: 2, poolStride: 1 },
  ],
  dense: [12, 3],
  dropout: [0.25, 0.5],
});

type Pixel = (r: number, q: number, c: number) => number;

/** Images by what is hard about them: the value of a pixel (r, q) in channel c. */
const IMAGES: Record<string, (random: Random, gap: number) => Pixel> = {
  noise: (random) => () => random.normal(),
  // White and black: in most windows all values are equal.
  silhouettes(random) {
    const [row, column, size] = [HEIGHT, WIDTH, 5].map((size) => size * random.uniform());
    return (r, q) => (r - row) ** 2 + (q - column) ** 2 < size ** 2 ? -2.66 : 0.504;
  },
  // With symmetric kernels: every row is symmetric about every second pixel, but for its last bits.
  mirrored(random, gap) {
    const values = normals(random, [HEIGHT, 3, CHANNELS]);
    return (r, q, c) => {
      const place = (r * 3 + (q % 4 === 3 ? 1 : q % 4)) * CHANNELS + c;
      return values[place] * (1 + random.integer(3) * (gap || 2 ** -23));
    };
  },
  // With biases that take a window of each filter and the first image's dense sums to ReLU's 0.
  "at ReLU's kink": (random) => () => random.normal(),
};
/** What is hard about a case. */
export const KINDS = Object.keys(IMAGES);

/**
 * Draws a case.
 *
 * @param kind Of `KINDS`.
 * @param gap How far what is all but equal is apart; default last bits.
 */
export function drawCase(kind: string, seed: number, gap = 0): NetworkCase {
  const random = createRandom(seed), row = initialParameters(LAYOUT, random);
  for (const { bias } of [...LAYOUT.convs, ...LAYOUT.denses]) {
    row.set(normals(random, bias.shape, 0.1), bias.offset);
  }
  const [{ weights: { offset }, channels, filters }] = LAYOUT.convs, size = channels * filters;
  for (let i = 0; kind === "mirrored" && i < 3 * size; i++) { // (ky, 2) = (ky, 0)
    const at = offset + Math.floor(i / size) * 3 * size + i % size;
    row[at + 2 * size] = row[at];
  }
  const images = Array.from({ length: BATCH }, () => {
    const pixel = IMAGES[kind](random, gap);
    return Array.from(
      { length: HEIGHT * WIDTH * CHANNELS },
      (_, i) => pixel(Math.floor(i / CHANNELS / WIDTH), Math.floor(i / CHANNELS) % WIDTH, i % 2),
    );
  });
  const network: NetworkCase = {
    layout: LAYOUT,
    row,
    adam: { ...ADAM, decay: 0.01 },
    steps: 3,
    images: Float32Array.from(images.flat()),
    slots: images.map((_, image) => {
      return { image, label: random.integer(3), weight: 1 / BATCH, ...AS_IT_IS };
    }),
    classWeights: Float32Array.of(1, 0.5, 0.75),
    factors: LAYOUT.denses.map(({ inputs, dropout }) =>
      new Float32Array(BATCH * inputs)
        .map(() => random.uniform() < dropout ? 0 : 1 / (1 - dropout))
    ),
    regularizer: { lambda: 0.02, denseL2: [0.01, 0] },
  };
  if (kind === "at ReLU's kink") moveToKinks(network, gap);
  return network;
}

/** Chooses the biases so that sums come to 0, but for their last bits. */
function moveToKinks(
  { layout, row, images, slots, classWeights, factors }: NetworkCase,
  gap: number,
) {
  const activations = () =>
    forward(layout, Float64Array.from(row), {
      images: arrayOf([BATCH, ...layout.spec.input], images),
      slots,
      classWeights,
      factors: layout.denses.map(({ inputs }, i) => arrayOf([BATCH, inputs], factors[i])),
    });
  const [, conv2] = layout.convs, [dense1] = layout.denses;
  const z = conv(
    conv2,
    activations().convs[1].x,
    read(row, conv2.weights),
    zeros(conv2.bias.shape),
  );
  for (let m = 0; m < conv2.filters; m++) { // half of the windows stay alive
    const windows = Array.from(
      indices([BATCH, conv2.outHeight, conv2.outWidth]),
      ([b, r, q]) =>
        Math.max(...placesOf(conv2, r, q).map(([row, column]) => get(z, b, row, column, m))),
    );
    windows.sort((a, b) => a - b);
    row[conv2.bias.offset + m] = gap - windows[windows.length >> 1];
  }
  const { denses: [{ x }] } = activations(), { outputs, weights, bias } = dense1;
  const sums = dense(x, read(row, weights), zeros(bias.shape), false).data;
  for (let n = 0; n < outputs; n++) {
    // Where another image keeps the unit's gradients from being mere noise.
    const kept = sums[outputs + n] > sums[n] + 0.1 && factors[1][outputs + n] > 0;
    if (kept) row[bias.offset + n] = gap - sums[n];
  }
}

/** A layer with windows to choose in, small enough for plain loops. */
export function drawPool(seed: number): Draw {
  return drawLayer(
    createRandom(seed),
    false,
    (layer) => layer.pool > 1 && layer.convHeight * layer.convWidth * layer.weights.size < 4e4,
  );
}
