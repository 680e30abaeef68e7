/**
 * What a training needs on the GPU, computed before anything is made there.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { evenTile } from "../gpu/shader.ts";
import { blocksAtMost } from "../gpu/sheet.ts";
import { flatSize } from "../nn/dropout.ts";
import { isFused } from "../nn/first_layer.ts";
import { createLayout, type NetworkSpec, quads } from "../nn/layout.ts";
import { SLOT_WORDS } from "../nn/slots.ts";
import { EVALUATION_BATCH, IMAGES_KEPT } from "./evaluate.ts";

/**
 * What trials may take side by side, with all that they share: on a GPU a small part of any modern card,
 * on an adapter that computes on the CPU a part of the machine's memory. WebGPU tells neither size.
 */
const GIBIBYTES = { gpu: 4, software: 1.5 };

/** What trials work on. */
export interface Workload {
  /** The network of each. */
  network: NetworkSpec;
  /** Images that lie on the GPU, of all parts together. */
  images: number;
  /** Images of an evaluation, copies included. */
  evaluated: number;
  /** Images a step of each trial and training images; without them the trials are only evaluated. */
  training?: { batch: number; examples: number };
  /** GiB that all of it may take; default 4, or 1.5 on an adapter that computes on the CPU. */
  memory?: number;
}

/** What has to fit. */
export interface Memory {
  /** Elements of 4 bytes of each tensor. */
  tensors: number[];
  /** Blocks of each sheet, and their size in texels of 16 bytes. */
  sheets: { blocks: number; height: number; width: number }[];
}

/** What one trial adds. */
export function trialMemory(gpu: Gpu, { network, evaluated, training }: Workload): Memory {
  const { convs, denses, row } = createLayout(network);
  const tensors = [row]; // parameters
  const sheets: Memory["sheets"] = [];
  const sheet = (blocks: number, height: number, width: number) =>
    sheets.push({ blocks, height, width });
  const planes = (images: number, height: number, width: number, channels: number) =>
    tensors.push(images * channels * height * 4 * quads(width));
  const forward = (images: number) => {
    for (const [i, layer] of convs.entries()) {
      const { y, kernel, channels, filters, outHeight, outWidth } = layer;
      sheet(images, y.height, y.width * quads(filters));
      sheet(1, filters, quads(kernel ** 2 * channels) + 1);
      tensors.push(images * outHeight * outWidth * quads(filters));
      const fused = i === 0 && isFused(gpu, layer);
      if (!fused) planes(images, layer.convHeight, layer.convWidth, filters);
    }
    for (const { inputs, outputs } of denses) {
      const flat = flatSize(gpu, inputs);
      sheet(images, flat.height, flat.width);
      sheet(images, 1, quads(outputs));
    }
  };

  forward(evenTile(evaluated, EVALUATION_BATCH));
  if (!training) return { tensors, sheets };
  const { batch, examples } = training;
  tensors.push(row, row, row, row); // gradients, m, v, kept
  tensors.push(SLOT_WORDS * (examples + batch)); // the last batch may be filled up
  const { x } = convs[0];
  sheet(batch, x.height, x.width * quads(x.channels));
  forward(batch);
  for (const [i, layer] of convs.entries()) {
    tensors.push(8 * batch * (layer.weights.size + layer.bias.size)); // partial sums, at most
    if (i === 0) continue;
    const { dz, kernel, channels, filters, height, width } = layer;
    sheet(batch, dz.height, dz.width * quads(filters));
    sheet(1, channels, quads(kernel ** 2 * filters) + 1);
    planes(batch, height, width, channels);
  }
  for (const [i, { inputs }] of denses.entries()) {
    const { outHeight, outWidth, filters } = convs[convs.length - 1];
    if (i > 0) planes(batch, 1, inputs, 1);
    else planes(batch, outHeight, outWidth, filters);
  }
  return { tensors, sheets };
}

/** What all trials share: the images, and the warped ones that are evaluated. */
export function sharedMemory({ network, images, evaluated, training }: Workload): Memory {
  const { convs: [{ x }] } = createLayout(network);
  const [height, width] = network.input;
  const warped = { height: x.height, width: x.width * quads(x.channels) };
  const batch = evenTile(evaluated, EVALUATION_BATCH), steps = Math.ceil(evaluated / batch);
  const bytes = 16 * batch * warped.height * warped.width;
  const sheets = training && steps * bytes <= IMAGES_KEPT ? steps : 1;
  return {
    tensors: [images * height * width, SLOT_WORDS * steps * batch],
    sheets: Array(sheets).fill({ blocks: batch, ...warped }),
  };
}

/** Bytes in all. */
export function bytesOf({ tensors, sheets }: Memory): number {
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  return 4 * sum(tensors) +
    16 * sum(sheets.map(({ blocks, height, width }) => blocks * height * width));
}

/**
 * How many trials the adapter takes side by side: with what they share they keep to the budget, no tensor
 * exceeds its largest binding, and no sheet its largest texture.
 *
 * @throws {Failure} "gpu" when not even one fits, with what is needed and what is allowed.
 */
export function trialsAtOnce(gpu: Gpu, work: Workload): number {
  const { training, memory = gpu.adapter.software ? GIBIBYTES.software : GIBIBYTES.gpu } = work;
  const trial = trialMemory(gpu, work), shared = sharedMemory(work);
  const refuse = (why: string, remedies: string[]) => {
    if (training) {
      remedies.unshift(`use smaller images${training.batch > 1 ? " or smaller batches" : ""}`);
    }
    const [height, width] = work.network.input;
    const what = `${training ? "train on" : "evaluate"} images of ${height}×${width}` +
      (training ? ` in batches of ${training.batch}` : "");
    return new Failure("gpu", `Cannot ${what}: ${why}; ${remedies.join(", or ")}`);
  };
  const other = "use another adapter";

  const budget = memory * 2 ** 30, each = bytesOf(trial), all = bytesOf(shared);
  if (all + each > budget) {
    const enough = Math.ceil((all + each) / 2 ** 30 * 10) / 10;
    throw refuse(
      `a network takes ${gibibytes(each)} of GPU memory and its images ${gibibytes(all)}, but ` +
        `${gibibytes(budget)} are allowed`,
      [`allow more with --memory=${enough}`],
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize, maxTextureDimension2D } = gpu.device.limits;
  const binding = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const largest = 4 * Math.max(...trial.tensors);
  if (largest > binding) {
    throw refuse(
      `a network needs ${gibibytes(largest)} in one piece, but the adapter's buffers end at ` +
        gibibytes(binding),
      [other],
    );
  }
  const fits = ({ sheets }: Memory) =>
    sheets.map(({ blocks, height, width }) => blocksAtMost(gpu, height, width) / blocks);
  const inTextures = Math.min(...fits(trial));
  if (inTextures < 1 || Math.min(...fits(shared)) < 1) {
    throw refuse(
      `its maps or kernels exceed the adapter's textures of ${maxTextureDimension2D}×${maxTextureDimension2D} ` +
        `texels, or the bytes that one may take`,
      [other],
    );
  }
  return Math.floor(Math.min((budget - all) / each, binding / largest, inTextures));
}

/** To three digits. */
const gibibytes = (bytes: number) => `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
