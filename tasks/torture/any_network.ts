/**
 * Random networks, each of which trains one step on the GPU and in its float64 twin.
 *
 * @module
 */
import fc from "fast-check";
import { relative } from "../../src/doctor/case.ts";
import { normals } from "../../src/doctor/draws.ts";
import { toSheet } from "../../src/doctor/stored.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { submit } from "../../src/gpu/shader.ts";
import { downloadSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { ADAM, adam, adamRates } from "../../src/nn/adam.ts";
import { createImages } from "../../src/nn/augment.ts";
import { initialParameters } from "../../src/nn/initializer.ts";
import {
  type ConvBlock,
  countMultiplyAdds,
  createLayout,
  type NetworkSpec,
} from "../../src/nn/layout.ts";
import { createNetwork } from "../../src/nn/network.ts";
import { createRegularizer } from "../../src/nn/regularizer.ts";
import { AS_IT_IS, encodeSlots, type Slot, SLOT_WORDS } from "../../src/nn/slots.ts";
import { createRandom, type Random } from "../../src/random.ts";
import * as twins from "../../src/reference/adam.ts";
import { type Array64, arrayOf, zeros } from "../../src/reference/array.ts";
import { dropout } from "../../src/reference/dropout.ts";
import { backward, forward, read } from "../../src/reference/network.ts";
import { l2 } from "../../src/reference/regularizer.ts";

const [TRIALS, BATCH, LAMBDA] = [2, 3, 0.01];

/** Sizes that leave remainders everywhere: small ones most of the time, and the ends of each range. */
const block: fc.Arbitrary<ConvBlock> = fc.record({
  kernel: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.constant(9)),
  filters: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.constant(33)),
  stride: fc.integer({ min: 1, max: 7 }),
  pool: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constant(15)),
  poolStride: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constant(17)),
});
const side = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 33 }));
const dense = fc.array(
  fc.record({
    width: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.constant(33)),
    rate: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90 })),
  }),
  { minLength: 1, maxLength: 3 },
);
const channels = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.constant(5));
const network: fc.Arbitrary<NetworkSpec> = fc.record({
  input: fc.tuple(side, side, channels),
  blocks: fc.array(block, { minLength: 1, maxLength: 3 }),
  dense,
}).map(({ input, blocks, dense }) => ({
  input,
  blocks,
  dense: dense.map(({ width }) => width),
  dropout: dense.map(({ rate }) => Math.fround(rate / 100)), // the shader compares in float32
})).filter((spec) => {
  try { // what is refused has its tests; the twin's loops are slow
    return countMultiplyAdds(createLayout(spec)).train < 100_000;
  } catch {
    return false;
  }
});

/** What a trial sees in its step, and what a float64 network makes of it. */
function drawTrial(spec: NetworkSpec, random: Random) {
  const layout = createLayout(spec);
  const row = initialParameters(layout, random);
  for (const { bias } of [...layout.convs, ...layout.denses]) {
    row.set(normals(random, bias.shape, 0.1), bias.offset);
  }
  const [height, width, channels] = spec.input;
  const images = normals(random, [BATCH, height, width, channels]);
  const slots = Array.from({ length: BATCH }, (): Slot => ({
    image: 0,
    label: random.integer(layout.classes),
    weight: 1 / BATCH,
    ...AS_IT_IS,
  }));
  const seed = random.integer(2 ** 32);
  return { row, images, slots, seed, twin: () => trainTwin(spec, { row, images, slots, seed }) };
}

function trainTwin(
  spec: NetworkSpec,
  { row, images, slots, seed }: Pick<Trial, "row" | "images" | "slots" | "seed">,
) {
  const layout = createLayout(spec);
  const parameters = Float64Array.from(row);
  const factors = layout.denses.map(({ inputs, dropout: rate }, layer): Array64 => {
    const ones = zeros([BATCH, inputs]);
    ones.data.fill(1);
    return dropout(ones, { rate, seed, step: 0, layer });
  });
  const activations = forward(layout, parameters, {
    images: arrayOf([BATCH, ...spec.input], images),
    slots,
    factors,
    classWeights: new Float64Array(layout.classes).fill(1),
  });
  const gradients = backward(layout, parameters, activations);
  for (const { weights } of [...layout.convs, ...layout.denses]) {
    const { gradient } = l2(read(parameters, weights), LAMBDA);
    gradient.data.forEach((value, i) => gradients[weights.offset + i] += value);
  }
  const [m, v] = [new Float64Array(layout.row), new Float64Array(layout.row)];
  const after = twins.adam(ADAM, { parameters, m, v }, gradients, 0);
  return { logits: activations.logits.data, gradients, parameters: after.parameters };
}

type Trial = ReturnType<typeof drawTrial>;

/** One step of two trials on the GPU. */
async function trainStep(gpu: Gpu, spec: NetworkSpec, trials: Trial[]) {
  const layout = createLayout(spec);
  const { convs: [{ x: map }], row, classes } = layout;
  const all = (part: (trial: Trial) => Float32Array) =>
    Float32Array.from(trials.flatMap((trial) => [...part(trial)]));
  const x = createImages(gpu, "x", map, TRIALS, BATCH);
  uploadSheet(gpu, x, all(({ images }) => toSheet(images, spec.input, map)));
  const parameters = createTensor(gpu, "parameters", [TRIALS, row], all((trial) => trial.row));
  const [gradients, m, v] = ["gradients", "m", "v"].map((label) =>
    createTensor(gpu, label, [TRIALS, row])
  );
  const places = trials.flatMap(({ slots }) => slots);
  const slots = createTensor(
    gpu,
    "slots",
    [TRIALS, BATCH, SLOT_WORDS],
    encodeSlots(places, [1, 1]),
  );
  const clock = createTensor(gpu, "clock", [64]);
  const ones = new Float32Array(classes).fill(1);
  const classWeights = createTensor(gpu, "class weights", [classes], ones);
  const seeds = createTensor(gpu, "seeds", [TRIALS], Uint32Array.from(trials, ({ seed }) => seed));
  const inputs = { images: x, parameters, slots, clock, classWeights };
  const net = await createNetwork(gpu, layout, inputs, { gradients, dropout: { seeds } });
  const denseL2 = layout.denses.map(() => LAMBDA);
  const tensors = { parameters, gradients };
  const { regularize } = await createRegularizer(gpu, layout, { lambda: LAMBDA, denseL2 }, tensors);
  const rates = createTensor(gpu, "rates", [1], adamRates(ADAM, 1));
  const step = await adam(gpu, ADAM, { gradients, rates, clock, m, v, parameters });
  submit(gpu, [...net.forward, ...net.backward, ...regularize, step]);
  const texels = await downloadSheet(gpu, net.logits);
  const line = 4 * net.logits.shape[3];
  const rows = await download(gpu, [gradients, parameters]);
  return trials.map((_, t) => ({
    logits: texels.filter((_, i) => i % line < classes && Math.floor(i / line / BATCH) === t),
    gradients: rows[0].subarray(t * row, (t + 1) * row),
    parameters: rows[1].subarray(t * row, (t + 1) * row),
  }));
}

/** The worst error of what the GPU computed: ‖actual − expected‖ / ‖expected‖ by tensor. */
async function worstError(
  gpu: Gpu,
  spec: NetworkSpec,
  seed: number,
): Promise<{ what: string; error: number }> {
  const random = createRandom(seed);
  const trials = Array.from({ length: TRIALS }, () => drawTrial(spec, random));
  const steps = await gpu.scope((gpu) => trainStep(gpu, spec, trials));
  let worst = { what: "nothing", error: 0 };
  trials.forEach(({ twin }, t) => {
    const expected = twin();
    const compare = (what: string, actual: Float32Array, wanted: Float64Array) => {
      const error = relative(actual, wanted);
      if (!(error <= worst.error)) worst = { what: `trial ${t}: ${what}`, error };
    };
    compare("logits", steps[t].logits, expected.logits);
    for (const { name, offset, size } of createLayout(spec).parameters) {
      const of = <T extends Float32Array | Float64Array>(row: T) =>
        row.subarray(offset, offset + size) as T;
      compare(`gradient of ${name}`, of(steps[t].gradients), of(expected.gradients));
      compare(`${name} after the step`, of(steps[t].parameters), of(expected.parameters));
    }
  });
  return worst;
}

const BOUND = 1e-4;

/** The ends of every range, whatever is drawn. */
const EXTREMES: NetworkSpec[] = [
  {
    input: [1, 1, 1],
    dense: [1],
    dropout: [0],
    blocks: [{ kernel: 1, filters: 1, stride: 1, pool: 1, poolStride: 1 }],
  },
  {
    input: [13, 19, 3],
    dense: [5, 3],
    dropout: [0, 0.5],
    blocks: [
      { kernel: 2, filters: 3, stride: 2, pool: 2, poolStride: 1 },
      { kernel: 5, filters: 33, stride: 2, pool: 1, poolStride: 3 }, // pads 1 above, 2 on the left
    ],
  },
  {
    input: [94, 97, 2],
    dense: [2],
    dropout: [0],
    blocks: [{ kernel: 2, filters: 5, stride: 3, pool: 15, poolStride: 17 }],
  },
];

/** Networks to a device: it keeps what it has compiled, some 25 MB for each on a CPU adapter. */
const RENEWED = 10;

/** V8 frees what a closed device holds once it collects; it does so when large buffers are made. */
async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 16; i++) {
    new ArrayBuffer(2 ** 27);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/**
 * Trains one step of networks that createLayout takes, the ends of every range first.
 *
 * @param numRuns How many.
 * @throws {Error} Naming the first network that differs from its twin, and how to draw it again.
 */
export async function checkNetworks(
  open: () => Promise<Gpu>,
  numRuns: number,
  { seed, onProgress = () => {} }: { seed?: number; onProgress?: (done: number) => void } = {},
): Promise<void> {
  let gpu = await open();
  let done = 0;
  await fc.assert(
    fc.asyncProperty(network, fc.nat(), async (spec, seed) => {
      let worst = await worstError(gpu, spec, seed);
      // In a near tie float32 may see another maximum than float64: not twice in a row.
      if (worst.error > BOUND) worst = await worstError(gpu, spec, seed + 1);
      if (!(worst.error <= BOUND)) {
        throw new Error(`${JSON.stringify(spec)}: ${worst.what}: error ${worst.error}`);
      }
      onProgress(++done);
      if (done % RENEWED !== 0) return;
      gpu.close();
      await collectGarbage();
      gpu = await open();
    }),
    { numRuns, seed, endOnFailure: true, examples: EXTREMES.map((spec) => [spec, 1]) },
  );
  gpu.close();
}
