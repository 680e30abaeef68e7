/**
 * conv → ReLU → max-pool, forward and backward, between two sheets.
 *
 * The forward pass keeps the pooled map and the place of each maximum (or DEAD where ReLU gave 0), which
 * is all that the backward pass needs of the map between. The first layer is special (first_layer.ts):
 * nobody asks for the gradient of its input.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import type { Step } from "../gpu/shader.ts";
import { createSheet, type Sheet } from "../gpu/sheet.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import {
  convBackwardToInput,
  convBackwardToKernel,
  convForward,
  type NetworkKernels,
} from "./conv.ts";
import { type ConvLayout, quads } from "./layout.ts";
import { maxPoolBackward, maxPoolForward } from "./max_pool.ts";

/** What a layer hands on, to the next layer and to its own backward pass. */
export interface ConvPoolMaps {
  /** (TRIALS, BATCH, Y_HEIGHT, Y_WIDTH · Y_QUADS): the pooled map as the next layer stores it. */
  y: Sheet;
  /** (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, Y_QUADS) u32: a byte for each of four channels. */
  argmax: Tensor;
}

/** Creates the maps of one layer; their borders are zero and nothing writes them. */
export function createConvPoolMaps(
  gpu: Gpu,
  layer: ConvLayout,
  trials: number,
  batch: number,
): ConvPoolMaps {
  const name = layer.weights.name.replace(".kernel", "");
  const { y, outHeight, outWidth, filters } = layer;
  const texels = quads(filters);
  return {
    y: createSheet(gpu, `${name} y`, [trials, batch, y.height, y.width * texels]),
    argmax: createTensor(gpu, `${name} argmax`, [trials, batch, outHeight, outWidth, texels]),
  };
}

/**
 * y = maxpool(relu(conv(x) + bias)), by way of a map at the convolution's resolution.
 *
 * @param parameters (TRIALS, ROW)
 * @returns The steps for an x (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH · QUADS), padding stored; one set
 *   of images may serve all trials.
 */
export async function convPoolForward(
  gpu: Gpu,
  layer: ConvLayout,
  { parameters, y, argmax, kernels }: ForwardBuffers,
): Promise<(x: Sheet) => Promise<Step[]>> {
  const [trials, batch] = y.shape;
  const { convHeight, convWidth, filters, weights } = layer;
  const z = createPlanes(gpu, `${weights.name} z`, [trials, batch, filters], convHeight, convWidth);
  const convolve = await convForward(gpu, layer, { parameters, z, kernels });
  const pool = await maxPoolForward(gpu, layer, { z, y, argmax });
  return async (x) => [...await convolve(x), pool];
}

/** What the forward pass reads and writes, images apart. */
export type ForwardBuffers = { parameters: Tensor; kernels?: NetworkKernels } & ConvPoolMaps;

/** What the backward pass reads and writes, images apart. */
export interface BackwardBuffers {
  /** (TRIALS, BATCH, FILTERS, OUT_HEIGHT, 4 · ⌈OUT_WIDTH/4⌉): planes. */
  dy: Tensor;
  /** The places of the maxima as the forward pass left them. */
  argmax: Tensor;
  /** (TRIALS, ROW); this layer's part is overwritten. */
  gradients: Tensor;
}

/**
 * From dy to the gradients of kernel and bias, and of the input where it is asked for.
 *
 * @param x (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH · QUADS)
 * @param input.dx (TRIALS, BATCH, CHANNELS, HEIGHT, 4 · ⌈WIDTH/4⌉): planes.
 */
export async function convPoolBackward(
  gpu: Gpu,
  layer: ConvLayout,
  { x, dy, argmax, gradients }: BackwardBuffers & { x: Sheet },
  input?: { parameters: Tensor; dx: Tensor; kernels?: NetworkKernels },
): Promise<Step[]> {
  const [trials, batch] = argmax.shape;
  const dz = createGradientMap(gpu, layer, trials, batch);
  return [
    await maxPoolBackward(gpu, layer, { dy, argmax, dz }),
    ...await convBackwardToKernel(gpu, layer, { x, dz, gradients }),
    ...input ? await convBackwardToInput(gpu, layer, { dz, ...input }) : [],
  ];
}

/** Creates the sheet of dz: pixels among zeros that nothing writes. */
export function createGradientMap(
  gpu: Gpu,
  { dz, filters, weights }: ConvLayout,
  trials: number,
  batch: number,
): Sheet {
  const shape = [trials, batch, dz.height, dz.width * quads(filters)];
  return createSheet(gpu, `${weights.name} dz`, shape);
}

/** Planes: (…BLOCKS, HEIGHT, 4 · ⌈WIDTH/4⌉), one channel after the other. */
export function createPlanes(
  gpu: Gpu,
  label: string,
  blocks: readonly number[],
  height: number,
  width: number,
): Tensor {
  return createTensor(gpu, label, [...blocks, height, 4 * quads(width)]);
}
