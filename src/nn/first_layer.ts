/**
 * The first layer's conv → ReLU → max-pool: from images, whose gradient nobody asks for.
 *
 * Where its windows do not overlap it is one shader forward and one backward: no map at the convolution's
 * resolution is stored, and no gradient of one. On a GPU both read the images through their warp
 * (first_layer_gpu.ts). On a CPU, where a warp costs as much as a pixel's products, each image is warped
 * into a sheet once, and backward only the live pooled values are visited.
 *
 * @module
 */
import backwardKernelSource from "../../shaders/conv_pool_backward_kernel.wgsl" with {
  type: "text",
};
import convPoolSource from "../../shaders/conv_pool.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, dispatchSize, evenTile, type Step } from "../gpu/shader.ts";
import type { Sheet } from "../gpu/sheet.ts";
import { GRADIENT_LANES, LANES, mapTile, MOST_PRODUCTS, VECTOR } from "../gpu/tuning.ts";
import { augment, createImages, type ImageSource } from "./augment.ts";
import {
  type BackwardBuffers,
  convPoolBackward,
  convPoolForward,
  type ForwardBuffers,
} from "./conv_pool.ts";
import {
  backwardThroughWarp,
  fitsGpu,
  forwardConstants,
  forwardThroughWarp,
  spanOf,
} from "./first_layer_gpu.ts";
import { convConstants, imageConstants, windowConstants } from "./layer_constants.ts";
import { type ConvLayout, convMultiplyAdds, quads, sparseMultiplyAdds } from "./layout.ts";
import { pooledTexels } from "./max_pool.ts";
import { chunkRows, createPartials } from "./partials.ts";

const convPool = defineShader("conv_pool", convPoolSource, {
  x: "load",
  parameters: "read",
  y: "store",
  argmax: "write",
});

const convPoolBackwardKernel = defineShader("conv_pool_backward_kernel", backwardKernelSource, {
  x: "load",
  dy: "read",
  argmax: "read",
  partials: "write",
});

/** Whether the layer warps the images as it reads them, so that nobody has to store them warped. */
export function readsThroughWarp(gpu: Gpu, layer: ConvLayout): boolean {
  return gpu.tunedFor === "gpu" && isFused(gpu, layer);
}

/**
 * What a first layer reads of these images, and what must run before.
 *
 * @param label The sheet's name in error messages, where they are warped into one.
 */
export async function firstLayerInput(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  label: string,
): Promise<{ images: ImageSource; before: Step[] }> {
  if ("texture" in images || readsThroughWarp(gpu, layer)) return { images, before: [] };
  const x = createImages(gpu, label, layer.x, images.slots.shape[0], images.batch);
  return { images: x, before: await augment(gpu, layer.x, images, x) };
}

/**
 * y = maxpool(relu(conv(x) + bias)).
 *
 * @param parameters (TRIALS, ROW)
 * @returns The steps for the images of `firstLayerInput`.
 */
export async function firstLayerForward(
  gpu: Gpu,
  layer: ConvLayout,
  buffers: ForwardBuffers,
): Promise<(images: ImageSource) => Promise<Step[]>> {
  if (isFused(gpu, layer)) return (images) => fusedForward(gpu, layer, images, buffers);
  const forward = await convPoolForward(gpu, layer, buffers);
  return (images) => forward(images as Sheet);
}

/**
 * From dy to the gradients of kernel and bias.
 *
 * @param images Of `firstLayerInput`, as in the forward pass.
 * @param dy (TRIALS, BATCH, FILTERS, OUT_HEIGHT, 4 · ⌈OUT_WIDTH/4⌉): planes.
 * @param argmax As the forward pass left it.
 * @param gradients (TRIALS, ROW); this layer's part is overwritten.
 */
export function firstLayerBackward(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  buffers: BackwardBuffers,
): Promise<Step[]> {
  if (isFused(gpu, layer)) return fusedBackward(gpu, layer, images, buffers);
  return convPoolBackward(gpu, layer, { x: images as Sheet, ...buffers });
}

/** How often a pixel may be read: more, and the layer is better one like the others. */
const MOST_READS = 4;

/**
 * Whether forward and backward are one shader each. Windows that overlap would be computed more than once,
 * and where a lane cannot take all filters, or windows are small, the same pixels are read many times.
 */
export function isFused(gpu: Gpu, layer: ConvLayout): boolean {
  const { channels, filters, stride, pool, poolStride } = layer;
  if (channels > 4 || poolStride < pool) return false;
  if (gpu.tunedFor === "gpu") return fitsGpu(layer);
  return ceilDiv(filters, forwardTile(layer)) * spanOf(layer) <= MOST_READS * poolStride * stride;
}

/** The forward pass of a fused layer: `firstLayerForward`. */
export async function fusedForward(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  buffers: ForwardBuffers,
): Promise<Step[]> {
  if (gpu.tunedFor === "gpu") return await forwardThroughWarp(gpu, layer, images, buffers);
  const x = images as Sheet, { parameters, y, argmax } = buffers;
  const [trials, batch] = y.shape;
  const { kernel, channels, filters, outHeight, outWidth } = layer;
  const tile = forwardTile(layer), tiles = ceilDiv(filters, tile);
  const texels = quads(channels * kernel ** 2) + 1, lanes = 16;
  // A lane takes as many rows as leave enough lanes.
  const rows = ceilDiv(outHeight, ceilDiv(LANES.cpu, batch * trials * tiles * outWidth));
  const step = await bind(gpu, convPool, {
    buffers: { x, parameters, y, argmax },
    constants: {
      LANES: lanes,
      ...imageConstants(x, trials),
      ...forwardConstants(layer, tile, { parameters, y }),
      ROWS: rows,
      TEXELS: texels,
      OWN: tile * texels,
    },
    workgroups: dispatchSize(batch * ceilDiv(outHeight, rows) * outWidth, trials * tiles, lanes),
    multiplyAdds: trials * batch * convMultiplyAdds(layer),
    touched: {
      parameters: trials * (layer.weights.size + layer.bias.size),
      y: trials * batch * pooledTexels(layer),
    },
  });
  return [step];
}

/** TILE: filters of a lane of the forward pass. */
function forwardTile({ kernel, channels, filters, pool }: ConvLayout): number {
  return mapTile(filters, MOST_PRODUCTS / (kernel ** 2 * channels * pool));
}

/** The backward pass of a fused layer: `firstLayerBackward`. */
export async function fusedBackward(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  buffers: BackwardBuffers,
): Promise<Step[]> {
  if (gpu.tunedFor === "gpu") return await backwardThroughWarp(gpu, layer, images, buffers);
  const x = images as Sheet, { dy, argmax, gradients } = buffers;
  const [trials, batch] = argmax.shape;
  const { kernel, channels, filters, outHeight, outWidth } = layer;
  const tapRows = evenTile(kernel, Math.max(1, Math.floor(100 / (kernel * channels))));
  const units = filters * ceilDiv(kernel, tapRows);
  const rows = chunkRows(outHeight, batch * units, GRADIENT_LANES.cpu, outWidth + 1);
  const chunks = ceilDiv(outHeight, rows);
  const { partials, sum } = await createPartials(gpu, layer, batch * chunks, gradients);
  const step = await bind(gpu, convPoolBackwardKernel, {
    buffers: { x, dy, argmax, partials },
    constants: {
      LANES: VECTOR,
      BATCH: batch,
      ...imageConstants(x, trials),
      QUADS: quads(channels),
      ...convConstants(layer),
      ...windowConstants(layer),
      LINE: quads(outWidth),
      ROWS: rows,
      TAP_ROWS: tapRows,
    },
    workgroups: dispatchSize(batch * chunks * units, trials, VECTOR),
    multiplyAdds: trials * batch * sparseMultiplyAdds(layer),
  });
  return [step, sum];
}
