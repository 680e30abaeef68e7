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

/** Elements of 4 bytes that one trial needs. */
export interface TrialMemory {
  /** In all. */
  elements: number;
  /** In its largest tensor. */
  largest: number;
}

/**
 * One trial's share of a training and its evaluation. The images, and what all trials share, come on top.
 *
 * @param batch Images a training step.
 * @param evaluationBatch Images an evaluation step.
 */
export function trialMemory(
  layout: Layout,
  batch: number,
  evaluationBatch: number,
): TrialMemory {
  const { convs, denses, row } = layout;
  const tensors: number[] = [row, row, row, row, row]; // parameters, gradients, m, v, kept
  const sheets: number[] = [];
  const texels = (height: number, width: number, channels: number) =>
    4 * height * width * quads(channels);
  const planes = (height: number, width: number, channels: number) =>
    4 * height * quads(width) * channels;

  const { x } = convs[0];
  sheets.push(batch * texels(x.height, x.width, x.channels));
  for (const images of [batch, evaluationBatch]) {
    for (const [i, layer] of convs.entries()) {
      const { y, filters, weights, outHeight, outWidth, convHeight, convWidth } = layer;
      sheets.push(images * texels(y.height, y.width, filters), 1.1 * weights.size);
      tensors.push(images * outHeight * outWidth * quads(filters));
      if (i > 0 || !isFused(layer)) tensors.push(images * planes(convHeight, convWidth, filters));
    }
    for (const { inputs, outputs } of denses) {
      sheets.push(images * texels(1, 1, inputs + 4), images * texels(1, 1, outputs));
      sheets.push((inputs + 4) * 4 * quads(outputs));
    }
  }
  for (const { dz, filters, channels, height, width, weights } of convs.slice(1)) {
    sheets.push(batch * texels(dz.height, dz.width, filters), 1.1 * weights.size);
    tensors.push(batch * planes(height, width, channels), 4 * batch * weights.size);
  }
  const last = convs[convs.length - 1];
  tensors.push(4 * batch * convs[0].weights.size);
  tensors.push(batch * planes(last.outHeight, last.outWidth, last.filters));
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  return { elements: sum(tensors) + sum(sheets), largest: Math.max(...tensors) };
}

/**
 * How many trials fit into one training: within the budget, with no tensor beyond the adapter's largest
 * binding and no sheet beyond its largest texture; at least 1.
 */
export function trialsAtOnce(gpu: Gpu, network: NetworkSpec, batch: number): number {
  const layout = createLayout(network);
  const { elements, largest } = trialMemory(layout, batch, EVALUATION_BATCH);
  const { limits } = gpu.device;
  const { x } = layout.convs[0];
  const budget = gpu.adapter.software ? BUDGET.software : BUDGET.gpu;
  const binding = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const images = blocksAtMost(gpu, x.height, x.width * quads(x.channels));
  const most = Math.min(
    budget / (4 * elements),
    binding / (4 * largest),
    images / batch,
  );
  return Math.max(1, Math.floor(most));
}
