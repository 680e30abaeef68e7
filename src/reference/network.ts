/**
 * One trial of a network in float64: what a training step computes before Adam, in one page.
 *
 * @module
 */
import type { Layout, Parameter } from "../nn/layout.ts";
import type { Slot } from "../nn/slots.ts";
import { type Array64, arrayOf } from "./array.ts";
import * as convPool from "./conv_pool.ts";
import { dense, denseBackwardInput, denseBackwardKernel } from "./dense.ts";
import { multiply } from "./dropout.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";

/** Images and what is known about them. */
export interface Batch {
  /** (BATCH, HEIGHT, WIDTH, CHANNELS) */
  images: Array64;
  /** (BATCH): labels and weights. */
  slots: readonly (Slot | null)[];
  /** (CLASSES) */
  classWeights: ArrayLike<number>;
  /** The dropout factors of each dense layer in training: (BATCH, INPUTS) of 0 or 1/(1 − rate). */
  factors?: readonly Array64[];
}

/**
 * What ReLU and max-pool chose: places as `maxPool` returns them. Where two values are all but equal, or
 * one is all but 0, rounding decides, and the gradient moves from one to the other.
 */
export interface Choices {
  /** The places of each conv layer: (BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) */
  convs: readonly Array64[];
  /** The places of each dense layer with ReLU, a pool of one value: (BATCH, 1, 1, OUTPUTS) of 0 or DEAD */
  denses: readonly Array64[];
}

/** The pool of a dense layer's ReLU. */
export const ONE_VALUE = { pool: 1, poolStride: 1 };

/** All that the forward pass computes; the backward pass walks it from the end. */
export interface Activations {
  convs: { x: Array64; argmax: Array64 }[];
  /** Each dense layer's input, after dropout. */
  denses: { x: Array64 }[];
  /** (BATCH, CLASSES) */
  logits: Array64;
  /** (BATCH, CLASSES) */
  dlogits: Array64;
  /** (BATCH, 4) as `softmaxCrossEntropy` returns them. */
  losses: Array64;
  /** Σ weight · class weight · ce, without penalties. */
  loss: number;
}

/**
 * From images to the loss.
 *
 * @param row (ROW): the trial's parameters
 * @param choices Followed where they are given.
 */
export function forward(
  layout: Layout,
  row: Float64Array,
  batch: Batch,
  choices?: Choices,
): Activations {
  let map = batch.images;
  const convs = layout.convs.map((layer, i) => {
    const x = map, chosen = choices?.convs[i];
    const z = convPool.conv(layer, x, read(row, layer.weights), read(row, layer.bias));
    const { y, argmax } = chosen
      ? { y: convPool.maxPoolAt(layer, z, chosen), argmax: chosen }
      : convPool.maxPool(layer, z);
    map = y;
    return { x, argmax };
  });
  const denses = layout.denses.map((layer, i) => {
    const flat = { shape: [map.shape[0], layer.inputs], data: map.data };
    const x = batch.factors ? multiply(flat, batch.factors[i]) : flat;
    const chosen = layer.relu ? choices?.denses[i] : undefined;
    map = dense(x, read(row, layer.weights), read(row, layer.bias), layer.relu && !chosen);
    if (chosen) {
      map = convPool.maxPoolAt(ONE_VALUE, { shape: chosen.shape, data: map.data }, chosen);
    }
    return { x };
  });
  const { losses, dlogits } = softmaxCrossEntropy(map, batch.slots, batch.classWeights);
  const loss = batch.slots.reduce(
    (sum, slot, b) => sum + (slot?.weight ?? 0) * losses.data[4 * b],
    0,
  );
  return { convs, denses, logits: map, dlogits, losses, loss };
}

/**
 * The gradient of the loss with respect to every parameter.
 *
 * @param activations What `forward` returned for this row, trained with dropout.
 * @returns (ROW)
 */
export function backward(
  layout: Layout,
  row: Float64Array,
  { convs, denses, dlogits }: Activations,
): Float64Array {
  const gradients = new Float64Array(layout.row);
  let dy = dlogits;
  for (const [i, layer] of [...layout.denses.entries()].reverse()) {
    const { x } = denses[i];
    const { dkernel, dbias } = denseBackwardKernel(x, dy);
    gradients.set(dkernel.data, layer.weights.offset);
    gradients.set(dbias.data, layer.bias.offset);
    dy = denseBackwardInput(dy, x, read(row, layer.weights), layer.dropout);
  }
  for (const [i, layer] of [...layout.convs.entries()].reverse()) {
    const { x, argmax } = convs[i];
    const dz = convPool.maxPoolBackward(layer, { shape: argmax.shape, data: dy.data }, argmax);
    const { dkernel, dbias } = convPool.convBackwardKernel(layer, x, dz);
    gradients.set(dkernel.data, layer.weights.offset);
    gradients.set(dbias.data, layer.bias.offset);
    if (i > 0) dy = convPool.convBackwardInput(layer, dz, read(row, layer.weights));
  }
  return gradients;
}

/** One parameter tensor out of a row. */
export function read(row: ArrayLike<number>, { shape, offset, size }: Parameter): Array64 {
  return arrayOf(shape, Array.prototype.slice.call(row, offset, offset + size));
}
