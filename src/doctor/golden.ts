/**
 * Golden cases: what independent code computed, against what this GPU computes (SPEC §2, §6, §9).
 *
 * @module
 */
import { farthestFromWhite, type Transform, type TwoColours } from "../data/augment.ts";
import { AUTHORS_FB_CHANNELS } from "../data/channel_statistics.ts";
import type { Gpu } from "../gpu/device.ts";
import { submit } from "../gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor } from "../gpu/tensor.ts";
import { readNpy } from "../io/npy.ts";
import { readJson } from "../io/files.ts";
import { augment, createImages, type WarpedImages } from "../nn/augment.ts";
import { encodeSlots, type Slot, SLOT_WORDS } from "../nn/slots.ts";
import { fitLayer } from "../prior/fit_layer.ts";
import type { Rank } from "../prior/kernels.ts";
import { type Check, relative, ROUNDING } from "./case.ts";
import { readNetworkCase } from "./network_case.ts";
import { judgeNetwork } from "./network_judge.ts";
import { runNetwork } from "./network_run.ts";

export { folderFault } from "../io/files.ts"; // for the task, which is given a folder

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
  fb: "colours.json",
  fit: "expected.json",
} as const;

const CASES = { network: networkCase, augment: augmentCase, fb: fbCase, fit: fitCase };

/**
 * Runs a golden case.
 *
 * @throws {Error} When a file is missing or broken, naming it.
 */
export function runGoldenCase(gpu: Gpu, { dir, name, kind }: GoldenCase): Promise<Check[]> {
  return gpu.scope((scoped) => CASES[kind](scoped, dir, name));
}

async function networkCase(gpu: Gpu, dir: string, name: string): Promise<Check[]> {
  const { network, expected } = await readNetworkCase(dir);
  return judgeNetwork(name, network, expected, await runNetwork(gpu, network));
}

/** A transform as the authors' library names it. */
type GoldenTransform = Omit<Transform, "flip"> & { flip_horizontal: boolean };

/**
 * The fixture's pixels are float32, the data set's 8 bit. The warp is linear in the pixels, so each
 * float is cut into three bytes, each byte plane is warped by the shader, and the results are added.
 */
async function augmentCase(gpu: Gpu, dir: string, name: string): Promise<Check[]> {
  const images = await readNpy(`${dir}/images.npy`);
  const transforms = await readJson<GoldenTransform[]>(`${dir}/transforms.json`);
  const expected = (await readNpy(`${dir}/expected.npy`)).data;
  const [count, height, width, channels] = images.shape;
  let [low, high] = [Infinity, -Infinity];
  for (const value of images.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const range = high - low || 1;

  const places = transforms.map(({ theta, tx, ty, flip_horizontal: flip }, image) => {
    return { image, label: 0, weight: 1, theta, tx, ty, flip };
  });
  const unscaled = { normalization: { mean: [0, 0, 0], std: [1, 1, 1] } };
  const sum = new Float64Array(expected.length).fill(low);
  for (let plane = 0; plane < 3; plane++) {
    const bytes = new Uint8Array(count * height * width * 4);
    images.data.forEach((value, i) => {
      const fixed = Math.round((value - low) / range * 0xffffff);
      bytes[Math.floor(i / channels) * 4 + i % channels] = fixed >> (16 - 8 * plane) & 255;
    });
    const scale = 255 * 2 ** (16 - 8 * plane) / 0xffffff * range;
    const warped = await warp(gpu, images.shape, bytes, places, unscaled);
    warped.forEach((value, i) => sum[i] += scale * value);
  }
  return [{ case: name, group: "pixels", error: relative(sum, expected), bound: ROUNDING }];
}

/** Images as a data set has them, in two colours each, and z-scored. */
async function fbCase(gpu: Gpu, dir: string, name: string): Promise<Check[]> {
  const images = await readNpy(`${dir}/images.npy`);
  const drawn = await readJson<(GoldenTransform & TwoColours)[]>(`${dir}/colours.json`);
  const expected = (await readNpy(`${dir}/expected.npy`)).data;
  const [count, height, width, channels] = images.shape;
  const size = 4 * height * width, bytes = new Uint8Array(count * size).fill(255);
  images.data.forEach((byte, i) => bytes[Math.floor(i / channels) * 4 + i % channels] = byte);
  const places = drawn.map(({ flip_horizontal: flip, ...look }, image) => {
    const farthest = farthestFromWhite(bytes.subarray(image * size, (image + 1) * size));
    return { image, label: 0, weight: 1, ...look, flip, farthest };
  });
  const look = { normalization: AUTHORS_FB_CHANNELS, fb: true };
  const shown = await warp(gpu, images.shape, bytes, places, look);
  return [{ case: name, group: "pixels", error: relative(shown, expected), bound: ROUNDING }];
}

/** Images (COUNT, H, W, CHANNELS) as the shader makes them of RGBA bytes. */
async function warp(
  gpu: Gpu,
  [count, height, width, channels]: number[],
  bytes: Uint8Array<ArrayBuffer>,
  places: readonly Slot[],
  look: Pick<WarpedImages, "normalization" | "fb">,
): Promise<Float32Array> {
  const pixels = createSheet(gpu, "pixels", [count, height, width], "r32uint");
  uploadSheet(gpu, pixels, bytes);
  const table = encodeSlots(places, [height, width]);
  const slots = createTensor(gpu, "slots", [1, count, SLOT_WORDS], table);
  const clock = createTensor(gpu, "clock", [64]);
  const map = { height, width, channels, top: 0, left: 0 };
  const x = createImages(gpu, "x", map, 1, count);
  const source = { pixels: [pixels], slots, clock, batch: count, ...look };
  submit(gpu, await augment(gpu, map, source, x));
  return (await downloadSheet(gpu, x)).filter((_, i) => i % 4 < channels);
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
    // It is one of 100 log-spaced τ, of which neighbours are 15 % apart.
    add("tikhonov", relative([summary.tikhonov], [tikhonov]), 1e-6);
    add("covariance", relative(covariance.data, wanted), 1e-5);
    add("log-likelihood", likelihood, 1e-4);
  }
  return checks;
}
