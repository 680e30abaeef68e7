import { download } from "../../src/gpu/tensor.ts";
import { SLOT_WORDS } from "../../src/nn/slots.ts";
import { bindTraining } from "../../src/training/bind.ts";
import { openGpu } from "../../src/gpu/device.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { type EpochReport, train, type TrainingState } from "../../src/training/train.ts";
import { createLayout } from "../../src/nn/layout.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { IN_TWO_COLOURS, keepTo, toyImages, toyOptions } from "../helpers/toy.ts";

const bank = uploadImages(gpu, toyImages(10));
const options = { ...toyOptions, train: { bank }, valid: { bank, indices: [0, 1, 2] } };

Deno.test("train learns, reports every epoch and keeps the one with the lowest loss", async () => {
  const reports: EpochReport[] = [];
  const trials = await train(gpu, { ...options, epochs: 12 }, (report) => reports.push(report));
  assertEquals(reports.map(({ epoch }) => epoch), Array.from({ length: 12 }, (_, i) => i + 1));
  for (const { epoch, seconds: { bind, train, valid } } of reports) {
    assert(train > 0 && valid > 0 && (epoch === 1 ? bind > 0 : bind === 0));
  }
  trials.forEach(({ seed, history, bestEpoch }, t) => {
    assertEquals(seed, options.seeds[t]);
    assertEquals(history.valid, reports.map(({ trials }) => trials[t]!.valid));
    const losses = history.valid.map(({ loss }) => loss);
    assertEquals(losses[bestEpoch - 1], Math.min(...losses));
    const [first, last] = [history.train[0].ce, history.train[11].ce];
    assert(last < first, `trial ${t}: the cross-entropy goes from ${first} to ${last}`);
  });
});

Deno.test("train gives a trial the same bits alone as among others", async () => {
  const [, , among] = await train(gpu, options);
  const [alone] = await train(gpu, { ...options, seeds: [3] });
  assertEquals(alone, among);
});

Deno.test("train in two colours gives other numbers, and the same bits alone, and from a state", async () => {
  const fb = { ...options, augmentation: IN_TWO_COLOURS };
  let state: TrainingState | undefined;
  const checkpoint = keepTo((at) => state ??= at);
  const trials = await train(gpu, { ...fb, checkpoint });
  assertEquals(await train(gpu, { ...fb, from: state }), trials);
  assertEquals((await train(gpu, { ...fb, seeds: [3] }))[0], trials[2]);
  const [plain] = await train(gpu, { ...options, seeds: [1] });
  assertNotEquals(trials[0].history.train, plain.history.train);
  assertNotEquals(trials[0].history.valid, plain.history.valid);
});

Deno.test("bindTraining draws two colours into every slot, which its shader reads", async () => {
  await gpu.scope(async (gpu) => {
    const { images, shuffle } = await bindTraining(gpu, {
      ...options,
      augmentation: IN_TWO_COLOURS,
    });
    shuffle();
    const [floats] = await download(gpu, [images.slots]), words = new Uint32Array(floats.buffer);
    const slots = Array.from({ length: 30 }, (_, i) => words.subarray(i * SLOT_WORDS));
    assertEquals(images.fb, true);
    assertEquals(new Set(slots.map((slot) => slot[13])).size > 20, true);
    for (const [image, , , , ...rest] of slots) {
      if (image !== 0xffffffff) assertEquals(rest[8] >>> 24, bank.farthest![image]);
    }
  });
});

Deno.test("train gives it the same bits where the others leave each lane more to do", async () => {
  const once = { ...options, epochs: 1 };
  const { [3]: among } = await train(gpu, {
    ...once,
    seeds: Array.from({ length: 64 }, (_, t) => t),
  });
  const [alone] = await train(gpu, { ...once, seeds: [3] });
  assertEquals(alone, among);
});

Deno.test("train gives the other weights the same start with drawn kernels as without", async () => {
  const drawKernels = () => [{ dimensions: 9, values: new Float64Array(9 * 3 * 4) }];
  const frozen = { ...options, seeds: [1], epochs: 1 };
  const { row, denses } = createLayout(options.network);
  const zero = await train(gpu, { ...frozen, drawKernels });
  const plain = await train(gpu, frozen);
  // One epoch of Adam moves a weight by 3e-3 at the most; Glorot's weights spread over ±0.3.
  const { offset, size } = denses[0].weights;
  assertEquals(zero[0].parameters.length, row);
  for (let i = offset; i < offset + size; i++) {
    assertAlmostEquals(zero[0].parameters[i], plain[0].parameters[i], 7e-3);
  }
});

Deno.test("train gives each trial its own λ", async () => {
  const lambda = [0.001, 0.5, 0.001];
  const trials = await train(gpu, { ...options, regularizer: { lambda, denseL2: [0] } });
  const plain = await train(gpu, { ...options, regularizer: { lambda: 0.001, denseL2: [0] } });
  assertEquals(trials[0], plain[0]);
  assert(trials[1].history.valid[0].loss > plain[1].history.valid[0].loss);
  assertEquals(trials[2], plain[2]);
});

Deno.test("train goes on from any state to the bits of an uninterrupted training", async () => {
  const long = { ...options, epochs: 5 };
  const whole = await train(gpu, long);
  for (const stop of [1, 4]) {
    let state: TrainingState | undefined;
    const checkpoint = keepTo((at) => {
      if (at.epoch === stop) state = at;
    });
    assertEquals(await train(gpu, { ...long, checkpoint }), whole);
    const epochs: number[] = [];
    const rest = await train(gpu, { ...long, from: state }, ({ epoch }) => epochs.push(epoch));
    assertEquals([rest, epochs[0], epochs.length], [whole, stop + 1, 5 - stop]);
  }
});

/** A signal that comes at the n-th look. */
function signalAt(n: number): AbortSignal {
  const controller = new AbortController(), { signal } = controller;
  let looks = 0;
  signal.throwIfAborted = () => {
    if (++looks < n) return;
    controller.abort(new Error("enough"));
    throw signal.reason;
  };
  return signal;
}

Deno.test("train stops at a signal at any place, keeps its state, and goes on to the same bits", async () => {
  const whole = await train(gpu, options);
  const places = new Set<string>();
  let from: TrainingState | undefined, spent = 0;
  for (let look = 1, ended = false; !ended; look++) {
    const checkpoint = keepTo((state) => from = state, false);
    const signal = signalAt(look);
    try {
      assertEquals(await train(gpu, { ...options, signal, checkpoint, from }), whole);
      ended = true;
    } catch (error) {
      assertEquals((error as Error).message, "enough");
      if (from) places.add(`${from.epoch} ${from.begun.steps}`);
      assert((from?.spent ?? 0) >= spent, "it took longer in all than before");
      spent = from?.spent ?? 0;
    }
  }
  // 3 steps an epoch, validation after the third; the first look comes before there is a state
  assert(places.has("0 0") && places.has("0 1") && places.has("0 3"), [...places].join());
  assert(places.size >= 5, [...places].join());
});

Deno.test("train lets a trial diverge alone, and gives what it was until then", async () => {
  const lambda = [0.001, 3e38, 0.001];
  const reports: EpochReport[] = [];
  const regularizer = { lambda, denseL2: [0] };
  const trials = await train(gpu, { ...options, regularizer }, (report) => reports.push(report));
  const plain = await train(gpu, { ...options, regularizer: { lambda: 0.001, denseL2: [0] } });
  assertEquals([trials[0], trials[2]], [plain[0], plain[2]]);
  const { diverged, bestEpoch, history } = trials[1];
  assertEquals([diverged, bestEpoch, history.valid.length], [1, 0, 0]);
  assertEquals(reports.map(({ trials }) => trials[1]), Array(reports.length).fill(null));
});

Deno.test("train notices within an epoch a NaN or an infinity wherever it starts: 10 of 10", async () => {
  let clean: TrainingState | undefined;
  await train(gpu, { ...options, epochs: 2, checkpoint: keepTo((state) => clean = state) });
  const { row, convs, denses } = createLayout(options.network);
  const [conv] = convs, [dense] = denses;
  const places: [rows: "parameters" | "m" | "v", at: number, value: number][] = [
    ["parameters", conv.weights.offset + 5, NaN],
    ["parameters", conv.bias.offset, NaN],
    ["parameters", conv.bias.offset + 1, -NaN],
    ["parameters", conv.bias.offset + 2, -Infinity], // ReLU makes 0 of it
    ["parameters", dense.weights.offset, Infinity],
    ["parameters", dense.bias.offset, NaN],
    ["m", conv.bias.offset, NaN],
    ["m", dense.weights.offset + 3, Infinity],
    ["v", conv.weights.offset, NaN],
    ["v", dense.bias.offset, Infinity], // Adam divides by it: the weight stands still
  ];
  for (const [rows, at, value] of places) {
    const from = structuredClone(clean!);
    from[rows][row + at] = value; // of trial 1
    const trials = await train(gpu, { ...options, epochs: 2, from });
    const what = `${rows} ${at} ${value}`;
    assertEquals(trials.map(({ diverged }) => diverged), [undefined, 2, undefined], what);
    assert(trials[1].parameters.every(Number.isFinite), what);
  }
});

Deno.test("train stops at a loss that is not finite, at a signal, and at bad numbers", async () => {
  const regularizer = { lambda: 3e38, denseL2: [0] };
  const trials = await train(gpu, { ...options, regularizer });
  assertEquals(trials.map(({ diverged }) => diverged), [1, 1, 1]);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => train(gpu, { ...options, signal }), Error, "enough");
  await assertRejects(() => train(gpu, { ...options, batch: 0 }), RangeError, "batch 0");
  await assertRejects(() => train(gpu, { ...options, seeds: [] }), RangeError, "trials 0");
});

Deno.test("train and evaluate tell how many shaders are compiled, once for equal ones", async () => {
  const told: [done: number, total: number][] = [];
  const own = await openGpu({ onCompile: (...counts) => told.push(counts) });
  const bank = uploadImages(own, toyImages(10));
  const parts = { train: { bank }, valid: { bank } };
  const [{ parameters }] = await train(own, { ...toyOptions, ...parts, epochs: 1 }, () => {
    const [, total] = told[0];
    assert(total >= 20, `${total} shaders`); // and all are compiled when an epoch is over
    assertEquals(told, Array.from({ length: total + 1 }, (_, done) => [done, total]));
  });
  const { length } = told;
  await train(own, { ...toyOptions, ...parts, epochs: 1, seeds: [4, 5, 6] });
  assertEquals(told.length, length);
  const { network, normalization } = toyOptions;
  await evaluate(own, { network, normalization, trials: [parameters], examples: { bank } });
  const [, total] = told[length];
  assertEquals(told.slice(length), Array.from({ length: total + 1 }, (_, done) => [done, total]));
  own.close();
});
