/**
 * What a training needs on the GPU, computed before anything is made there.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { blocksAtMost } from "../gpu/sheet.ts";
import { isFused } from "../nn/first_layer.ts";
import { createLayout, type Layout, type NetworkSpec, quads } from "../nn/layout.ts";
import { EVALUATION_BATCH } from "./evaluate.ts";

/**
 * What trials that train side by side may take: on a GPU a small part of any modern card, on an adapter
 * that computes on the CPU a part of the machine's memory.
 */
const BUDGET = { gpu: 4 * 2 ** 30, software: 1.25 * 2 ** 30 };

/** What one trial needs. */
export interface TrialMemory {
  /** Elements of 4 bytes of each tensor. */
  tensors: number[];
  /** Blocks of each sheet, and their size in texels of 16 bytes. */
  sheets: { blocks: number; height: number; width: number }[];
}

/**
 * One trial's share of a training and its evaluation. The images, and what all trials share, come on top.
 *
 * @param batch Images a training step.
 * @param evaluationBatch Images an evaluation step.
 */
export function trialMemory(
  { convs, denses, row }: Layout,
  batch: number,
  evaluationBatch: number,
): TrialMemory {
  const tensors: number[] = [row, row, row, row, row]; // parameters, gradients, m, v, kept
  const sheets: TrialMemory["sheets"] = [];
  const sheet = (blocks: number, height: number, width: number) =>
    sheets.push({ blocks, height, width });
  const planes = (images: number, height: number, width: number, channels: number) =>
    tensors.push(images * channels * height * 4 * quads(width));

  const { x } = convs[0];
  sheet(batch, x.height, x.width * quads(x.channels));
  for (const images of [batch, evaluationBatch]) {
    for (const [i, layer] of convs.entries()) {
      const { y, kernel, channels, filters, outHeight, outWidth } = layer;
      sheet(images, y.height, y.width * quads(filters));
      sheet(1, filters, quads(kernel ** 2 * channels) + 1);
      tensors.push(images * outHeight * outWidth * quads(filters));
      const fused = i === 0 && isFused(layer);
      if (!fused) planes(images, layer.convHeight, layer.convWidth, filters);
    }
    for (const { inputs, outputs } of denses) {
      const texels = 2 * Math.ceil(inputs / 8);
      sheet(images, 1, texels);
      sheet(1, 4 * texels, quads(outputs));
      sheet(images, 1, quads(outputs));
    }
  }
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

/** Bytes of a trial in all. */
export function trialBytes({ tensors, sheets }: TrialMemory): number {
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  return 4 * sum(tensors) +
    16 * sum(sheets.map(({ blocks, height, width }) => blocks * height * width));
}

/**
 * How many trials fit into one training: within the budget, with no tensor beyond the adapter's largest
 * binding and no sheet beyond its largest texture; at least 1.
 */
export function trialsAtOnce(gpu: Gpu, network: NetworkSpec, batch: number): number {
  const memory = trialMemory(createLayout(network), batch, EVALUATION_BATCH);
  const { limits } = gpu.device;
  const budget = gpu.adapter.software ? BUDGET.software : BUDGET.gpu;
  const binding = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const most = Math.min(
    budget / trialBytes(memory),
    binding / (4 * Math.max(...memory.tensors)),
    ...memory.sheets.map(({ blocks, height, width }) => blocksAtMost(gpu, height, width) / blocks),
  );
  return Math.max(1, Math.floor(most));
}
