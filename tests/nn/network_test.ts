import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { toSheet } from "../../src/doctor/stored.ts";
import { downloadSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { ADAM, adam, adamRates } from "../../src/nn/adam.ts";
import { createImages } from "../../src/nn/augment.ts";
import { initialParameters } from "../../src/nn/initializer.ts";
import { createLayout, type NetworkSpec } from "../../src/nn/layout.ts";
import { createNetwork } from "../../src/nn/network.ts";
import { recordBatch, tick } from "../../src/nn/record_batch.ts";
import { createRegularizer } from "../../src/nn/regularizer.ts";
import { AS_IT_IS, encodeSlots, type Slot, SLOT_WORDS } from "../../src/nn/slots.ts";
import { createRandom } from "../../src/random.ts";
import { type Array64, arrayOf } from "../../src/reference/array.ts";
import { backward, forward } from "../../src/reference/network.ts";
import { regularize as penalise } from "../../src/reference/regularizer.ts";
import { assert, assertEquals, assertRelative } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

const SPEC: NetworkSpec = {
  input: [11, 9, 2],
  blocks: [
    { kernel: 3, filters: 4, stride: 2, pool: 2, poolStride: 1 },
    { kernel: 4, filters: 3, stride: 1, pool: 3, poolStride: 2 },
  ],
  dense: [7, 3],
  dropout: [0.3, 0.5],
};
const BATCH = 5; // tiles of images hang over its end
const STEPS = 3;
const layout = createLayout(SPEC);
const { x: map } = layout.convs[0];

/** What one trial brings along, by its seed. */
function createTrial(seed: number) {
  const random = createRandom(seed);
  const row = initialParameters(layout, random);
  for (const { bias } of layout.convs) row.fill(0.1, bias.offset, bias.offset + bias.size);
  // (BATCH, H, W, C), and as they lie on a sheet
  const [height, width, channels] = SPEC.input;
  const images = new Float32Array(BATCH * height * width * channels).map(() => random.normal());
  const stored = toSheet(images, SPEC.input, map);
  const slots = Array.from(
    { length: STEPS * BATCH },
    (_, place): Slot | null =>
      place === STEPS * BATCH - 1 ? null : {
        image: 0,
        label: random.integer(3),
        weight: 0.25,
        ...AS_IT_IS,
      },
  );
  return { seed, lambda: 0.01 * seed, row, images, stored, slots };
}

type Trial = ReturnType<typeof createTrial>;

/** Creates the tensors of some trials side by side. */
function placeTrials(trials: Trial[]) {
  const all = (part: (trial: Trial) => Float32Array) =>
    Float32Array.from(trials.flatMap((trial) => [...part(trial)]));
  const count = trials.length;
  const encoded = encodeSlots(trials.flatMap(({ slots }) => slots), [11, 9]);
  const zeros = (label: string) => createTensor(gpu, label, [count, layout.row]);
  const x = createImages(gpu, "x", map, count, BATCH);
  uploadSheet(gpu, x, all(({ stored }) => stored));
  return {
    images: x,
    parameters: createTensor(gpu, "parameters", [count, layout.row], all(({ row }) => row)),
    slots: createTensor(gpu, "slots", [count, STEPS * BATCH, SLOT_WORDS], encoded),
    clock: createTensor(gpu, "clock", [64]),
    classWeights: createTensor(gpu, "class weights", [3], Float32Array.of(1, 0.5, 0.75)),
    gradients: zeros("gradients"),
    m: zeros("m"),
    v: zeros("v"),
  };
}

/** Trains some trials side by side for three steps, dropout on. */
async function trainTrials(trials: Trial[]) {
  const tensors = placeTrials(trials);
  const { gradients, parameters, clock, m, v } = tensors;
  const seeds = Uint32Array.from(trials, ({ seed }) => seed);
  const dropout = { seeds: createTensor(gpu, "seeds", [trials.length], seeds) };
  const net = await createNetwork(gpu, layout, tensors, { gradients, dropout });
  const spec = { lambda: trials.map(({ lambda }) => lambda), denseL2: [0.01, 0] };
  const { penalties, regularize } = await createRegularizer(gpu, layout, spec, tensors);
  const records = createTensor(gpu, "records", [trials.length, STEPS, 4]);
  const rates = createTensor(gpu, "rates", [STEPS], adamRates(ADAM, STEPS));
  const step = [
    ...net.forward,
    ...net.backward,
    ...regularize,
    await recordBatch(gpu, { losses: net.losses, penalties, clock, records }),
    await adam(gpu, ADAM, { gradients, rates, clock, m, v, parameters }),
    await tick(gpu, clock),
  ];
  for (let i = 0; i < STEPS; i++) submit(gpu, step);
  const results = await download(gpu, [parameters, gradients, records]);
  return trials.map((_, t) =>
    results.map((all) =>
      all.subarray(all.length / trials.length * t).slice(0, all.length / trials.length)
    )
  );
}

Deno.test("createNetwork: a trial among others equals the same trial alone, bit for bit", async () => {
  const trials = [1, 2, 3].map(createTrial);
  const among = await trainTrials(trials);
  for (const [t, trial] of trials.entries()) {
    const [alone] = await trainTrials([trial]);
    assertEquals(among[t], alone, `parameters, gradients or records of trial ${t}`);
    assert(alone[0].some((value, i) => value !== trial.row[i]), "nothing was learned");
  }
  assertEquals(await trainTrials(trials), among, "the same run twice");
});

Deno.test("createNetwork keeps what is infinite in one trial to itself", async () => {
  const trials = [1, 2, 3].map(createTrial);
  const row = trials[1].row.slice();
  row[layout.convs[1].bias.offset] = Infinity; // ReLU lets it pass, and 0 · ∞ is NaN
  const [first, middle, last] = await trainTrials([trials[0], { ...trials[1], row }, trials[2]]);
  assert(middle[0].some(Number.isNaN), "the sick trial is sick");
  assertEquals([first], await trainTrials([trials[0]]));
  assertEquals([last], await trainTrials([trials[2]]));
});

Deno.test("createNetwork's gradients are the slopes of the float64 twin's loss", async () => {
  const trial = createTrial(5);
  const random = createRandom(6);
  const rates = layout.denses.map(({ dropout }) => dropout);
  const factors = layout.denses.map(({ inputs }, i): Array64 =>
    arrayOf(
      [BATCH, inputs],
      Array.from(
        { length: BATCH * inputs },
        () => random.uniform() < rates[i] ? 0 : Math.fround(1 / (1 - rates[i])),
      ),
    )
  );

  const tensors = placeTrials([trial]);
  const masks = factors.map(({ shape, data }) =>
    createTensor(gpu, "mask", [1, ...shape], Float32Array.from(data))
  );
  const net = await createNetwork(gpu, layout, tensors, {
    gradients: tensors.gradients,
    dropout: { masks },
  });
  const spec = { lambda: 0.05, denseL2: [0, 0] };
  const { regularize } = await createRegularizer(gpu, layout, spec, tensors);
  submit(gpu, [...net.forward, ...net.backward, ...regularize]);
  const [gradients] = await download(gpu, [tensors.gradients]);
  const logits = (await downloadSheet(gpu, net.logits)).filter((_, i) => i % 4 < 3);

  const batch = {
    images: arrayOf([BATCH, ...SPEC.input], trial.images),
    slots: trial.slots.slice(0, BATCH),
    classWeights: [1, 0.5, 0.75],
    factors,
  };
  const row = Float64Array.from(trial.row);
  const activations = forward(layout, row, batch);
  assertRelative(logits, activations.logits.data, 1e-5, "logits");

  const twin = backward(layout, row, activations);
  penalise(layout, spec, row, twin);
  const step = 1e-5;
  const slope = (i: number) => {
    const value = row[i];
    const [up, down] = [value + step, value - step].map((moved) => {
      row[i] = moved;
      const penalty = penalise(layout, spec, row, new Float64Array(layout.row));
      return forward(layout, row, batch).loss + penalty;
    });
    row[i] = value;
    return (up - down) / (2 * step);
  };
  for (const { name, offset, size } of layout.parameters) {
    const slopes = Float64Array.from({ length: size }, (_, i) => slope(offset + i));
    const actual = gradients.subarray(offset, offset + size);
    assertRelative(twin.subarray(offset, offset + size), slopes, 1e-6, `twin's ${name}`);
    assertRelative(actual, slopes, 1e-5, name);
  }
});
