/**
 * Golden cases: what independent code computed, against what this GPU computes (SPEC §2, §6, §9).
 *
 * @module
 */
import type { Transform } from "../data/augment.ts";
import type { Gpu } from "../gpu/device.ts";
import { submit } from "../gpu/shader.ts";
import { createSheet, downloadSheet, type Sheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor, download, type Source } from "../gpu/tensor.ts";
import { type NdArray, readNpy } from "../io/npy.ts";
import { readJson } from "../io/files.ts";
import { adam, adamRates } from "../nn/adam.ts";
import { augment, createImages } from "../nn/augment.ts";
import { type ConvBlock, createLayout, type Layout, type NetworkSpec } from "../nn/layout.ts";
import { createNetwork } from "../nn/network.ts";
import { record, tick } from "../nn/record.ts";
import { createRegularizer } from "../nn/regularizer.ts";
import { encodeSlots, SLOT_WORDS } from "../nn/slots.ts";
import { precision } from "../prior/gaussian.ts";
import { fitLayer } from "../prior/layer.ts";
import type { Rank } from "../prior/kernels.ts";
import { relative } from "./case.ts";
import { toSheet } from "./stored.ts";

export { folderFault } from "../io/files.ts"; // for the task, which is given a folder

/** One compared quantity: ‖actual − expected‖ / ‖expected‖ and the most it may be. */
export interface Check {
  /** E.g. "small-l2" or "augment". */
  case: string;
  /** E.g. "gradients". */
  group: string;
  error: number;
  bound: number;
}

/** SPEC §9's bounds. */
const BOUNDS = { logits: 1e-5, losses: 1e-5, gradients: 1e-4, "weights after the steps": 1e-3 };

/** `manifest.json` of a network case. */
interface Manifest {
  input: [number, number, number];
  batch: number;
  classes: number;
  blocks: ConvBlock[];
  dense: number[];
  dropout: number[];
  regularizer: { mode: "l2" | "sk"; alpha: number; base: number };
  denseL2: number[];
  adam: { lr: number; beta1: number; beta2: number; epsilon: number; decay: number };
  steps: number;
  trace: { loss: number; cross_entropy: number; penalty: number }[];
}

/** A folder of golden values and what they are of. */
export interface GoldenCase {
  /** The folder's path. */
  dir: string;
  /** What to call it in the report. */
  name: string;
  /** SPEC §9's network, §2's augmentation or §6's fit. */
  kind: keyof typeof CASES;
}

/** The file that every case of a kind has, and no other. */
export const CASE_FILES = {
  network: "manifest.json",
  augment: "transforms.json",
  fit: "expected.json",
} as const;

const CASES = { network: networkCase, augment: augmentCase, fit: fitCase };

/**
 * Runs a golden case.
 *
 * @throws {Error} When a file is missing or broken, naming it.
 */
export function runGoldenCase(gpu: Gpu, { dir, name, kind }: GoldenCase): Promise<Check[]> {
  return gpu.scope((scoped) => CASES[kind](scoped, dir, name));
}

async function networkCase(gpu: Gpu, dir: string, name: string): Promise<Check[]> {
  const manifest = await readJson<Manifest>(`${dir}/manifest.json`);
  const { batch, classes, steps } = manifest;
  const spec: NetworkSpec = manifest;
  const layout = createLayout(spec);
  const input = (file: string) => readNpy(`${dir}/inputs/${file}.npy`);
  const tensor = async (file: string, shape: number[]) =>
    createTensor(gpu, file, shape, (await input(file)).data as Source);

  const row = new Float32Array(layout.row);
  for (const { name, offset } of layout.parameters) row.set((await input(name)).data, offset);
  const parameters = createTensor(gpu, "parameters", [1, layout.row], row);
  const [gradients, m, v] = ["gradients", "m", "v"].map((label) =>
    createTensor(gpu, label, [1, layout.row])
  );
  const labels = (await input("labels")).data;
  const places = Array.from(labels, (label, image) => ({
    ...{ image, label, weight: 1 / batch, theta: 0, tx: 0, ty: 0, flip: false },
  }));
  const slots = createTensor(gpu, "slots", [1, batch, SLOT_WORDS], encodeSlots(places, [1, 1]));
  const clock = createTensor(gpu, "clock", [64]);
  const map = layout.convs[0].x;
  const [height, width] = manifest.input;
  const x = createImages(gpu, "images", map, 1, batch);
  const images = (await input("images")).data;
  uploadSheet(gpu, x, toSheet(images, [height, width, map.channels], map));
  const classWeights = await tensor("class_weights", [classes]);
  const masks = [];
  for (const [i, { inputs }] of layout.denses.entries()) {
    masks.push(await tensor(`dropout_${i + 1}`, [1, batch, inputs]));
  }

  const { regularizer } = manifest;
  const precisions = [];
  for (let i = 0; regularizer.mode === "sk" && i < layout.convs.length; i++) {
    const covariance = await input(`cov_${i + 1}`);
    precisions.push((await precision(covariance, { unitDeterminant: true })).data);
  }
  const { penalties, regularize } = await createRegularizer(gpu, layout, {
    lambda: regularizer.base * regularizer.alpha,
    precisions: precisions.length > 0 ? precisions : undefined,
    denseL2: manifest.denseL2,
  }, { parameters, gradients });

  const inputs = { images: x, parameters, slots, clock, classWeights };
  const evaluation = await createNetwork(gpu, layout, inputs);
  const training = await createNetwork(gpu, layout, inputs, { gradients, dropout: { masks } });
  const records = createTensor(gpu, "records", [1, steps, 4]);
  const rates = createTensor(gpu, "rates", [steps], adamRates(manifest.adam, steps));
  const step = [
    ...training.forward,
    ...training.backward,
    ...regularize,
    // One slot table serves all steps, but each step has a record of its own.
    ...await record(gpu, { losses: training.losses, penalties, clock, records }),
    ...await adam(gpu, manifest.adam, { gradients, rates, clock, m, v, parameters }),
    ...await tick(gpu, clock),
  ];
  submit(gpu, [...evaluation.forward, ...step]);
  const first = Promise.all([
    readLogits(gpu, evaluation.logits, classes),
    readLogits(gpu, training.logits, classes),
    download(gpu, [gradients]),
  ]);
  for (let i = 1; i < steps; i++) submit(gpu, step);
  const [logitsEval, logitsTrain, [gradientRow]] = await first;
  const [recorded, after] = await download(gpu, [records, parameters]);

  // Each loss as a vector over the steps, as SPEC §9 measures.
  const lossError = Math.max(...(["loss", "cross_entropy", "penalty"] as const).map((key) => {
    const actual = manifest.trace.map((_, i) => {
      const [weighted, ce, , penalty] = recorded.subarray(4 * i);
      return { loss: weighted / batch + penalty, cross_entropy: ce / batch, penalty }[key];
    });
    return relative(actual, manifest.trace.map((step) => step[key]));
  }));
  const expected = (file: string) => readNpy(`${dir}/expected/${file}.npy`);
  const logitError = Math.max(
    relative(logitsEval, (await expected("logits_eval")).data),
    relative(logitsTrain, (await expected("logits_train")).data),
  );
  const errors = {
    logits: logitError,
    losses: lossError,
    gradients: await worstParameter(layout, gradientRow, (key) => expected(`grad.${key}`)),
    "weights after the steps": await worstParameter(
      layout,
      after,
      (key) => expected(`after.${key}`),
    ),
  };
  return Object.entries(BOUNDS).map(([group, bound]) => ({
    ...{ case: name, group, bound, error: errors[group as keyof typeof errors] },
  }));
}

/** (TRIALS, BATCH, CLASSES) of a sheet that is filled up to whole texels. */
async function readLogits(gpu: Gpu, logits: Sheet, classes: number): Promise<Float32Array> {
  const line = 4 * logits.shape[3];
  return (await downloadSheet(gpu, logits)).filter((_, i) => i % line < classes);
}

/** The largest relative error over the parameter tensors of a row. */
async function worstParameter(
  layout: Layout,
  row: Float32Array,
  expected: (name: string) => Promise<NdArray>,
): Promise<number> {
  let worst = 0;
  for (const { name, offset, size } of layout.parameters) {
    const values = (await expected(name)).data;
    worst = Math.max(worst, relative(row.subarray(offset, offset + size), values));
  }
  return worst;
}

/**
 * The fixture's pixels are float32, the data set's 8 bit. The warp is linear in the pixels, so each
 * float is cut into three bytes, each byte plane is warped by the shader, and the results are added.
 */
async function augmentCase(gpu: Gpu, dir: string, name: string): Promise<Check[]> {
  const images = await readNpy(`${dir}/images.npy`);
  const transforms = await readJson<(Omit<Transform, "flip"> & { flip_horizontal: boolean })[]>(
    `${dir}/transforms.json`,
  );
  const expected = (await readNpy(`${dir}/expected.npy`)).data;
  const [count, height, width, channels] = images.shape;
  let [low, high] = [Infinity, -Infinity];
  for (const value of images.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const range = high - low || 1;

  const places = transforms.map(({ theta, tx, ty, flip_horizontal }, image) => ({
    ...{ image, label: 0, weight: 1, theta, tx, ty, flip: flip_horizontal },
  }));
  const table = encodeSlots(places, [height, width]);
  const slots = createTensor(gpu, "slots", [1, count, SLOT_WORDS], table);
  const clock = createTensor(gpu, "clock", [64]);
  const map = { height, width, channels, top: 0, left: 0 };
  const sum = new Float64Array(expected.length).fill(low);
  for (let plane = 0; plane < 3; plane++) {
    const bytes = new Uint8Array(count * height * width * 4);
    images.data.forEach((value, i) => {
      const fixed = Math.round((value - low) / range * 0xffffff);
      bytes[Math.floor(i / channels) * 4 + i % channels] = fixed >> (16 - 8 * plane) & 255;
    });
    const pixels = createSheet(gpu, "pixels", [count, height, width], "r32uint");
    uploadSheet(gpu, pixels, bytes);
    const x = createImages(gpu, "x", map, 1, count);
    const unscaled = { mean: [0, 0, 0], std: [1, 1, 1] };
    const source = { pixels: [pixels], slots, clock, batch: count, normalization: unscaled };
    submit(gpu, await augment(gpu, map, source, x));
    const warped = (await downloadSheet(gpu, x)).filter((_, i) => i % 4 < channels);
    const scale = 255 * 2 ** (16 - 8 * plane) / 0xffffff * range;
    warped.forEach((value, i) => sum[i] += scale * value);
  }
  return [{ case: name, group: "pixels", error: relative(sum, expected), bound: 1e-5 }];
}

async function fitCase(_gpu: Gpu, dir: string, name: string): Promise<Check[]> {
  interface Expected {
    rank: Rank;
    tikhonov: number;
    loglik_independent: number;
    loglik_correlated: number;
  }
  const layers = await readJson<Record<string, Expected>>(`${dir}/expected.json`);
  const checks: Check[] = [];
  for (const [layer, expected] of Object.entries(layers)) {
    const kernels = await readNpy(`${dir}/kernels_${layer}.npy`);
    const { rank, tikhonov, loglik_independent, loglik_correlated } = expected;
    const { summary, covariance } = await fitLayer({ name: layer, rank, kernels });
    const wanted = (await readNpy(`${dir}/${layer}_cov_rank${rank}.npy`)).data;
    const { independent, correlated } = summary.logLikelihood;
    const likelihood = Math.max(
      relative([independent], [loglik_independent]),
      relative([correlated], [loglik_correlated]),
    );
    const add = (group: string, error: number, bound: number) =>
      checks.push({ case: name, group: `${layer} ${group}`, error, bound });
    // The same of 100 log-spaced τ: neighbours are 15 % apart.
    add("tikhonov", relative([summary.tikhonov], [tikhonov]), 1e-6);
    add("covariance", relative(covariance.data, wanted), 1e-5);
    add("log-likelihood", likelihood, 1e-4);
  }
  return checks;
}
