/**
 * The first layer's conv → ReLU → max-pool: from images, whose gradient nobody asks for.
 *
 * Forward it is one shader where its windows are large and do not overlap; backward only the live
 * pooled values are visited, and a gradient at the convolution's resolution never exists.
 *
 * @module
 */
import backwardKernelSource from "../../shaders/conv_pool_backward_kernel.wgsl" with {
  type: "text",
};
import convPoolSource from "../../shaders/conv_pool.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, evenTile, grid, type Shader, type Step } from "../gpu/shader.ts";
import { type Sheet, sheetConstants } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { imageConstants } from "./conv.ts";
import { convPoolForward, type ConvPoolMaps } from "./conv_pool.ts";
import { type ConvLayout, quads } from "./layout.ts";
import { pooledConstants } from "./max_pool.ts";
import { packKernels } from "./packed_kernels.ts";
import { chunkRows, createPartials } from "./partials.ts";

const convPool = {
  name: "conv_pool",
  source: convPoolSource,
  bindings: { x: "load", packed: "load", y: "store", argmax: "read_write" },
} as const satisfies Shader<string>;

const convPoolBackwardKernel = {
  name: "conv_pool_backward_kernel",
  source: backwardKernelSource,
  bindings: { x: "load", dy: "read", argmax: "read", partials: "read_write" },
} as const satisfies Shader<string>;

/** What the forward pass reads and writes, images apart. */
type ForwardBuffers = { parameters: Tensor } & ConvPoolMaps;

/**
 * y = maxpool(relu(conv(x) + bias)).
 *
 * @param parameters (TRIALS, ROW)
 * @returns The steps for an x (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH · QUADS), padding stored; one set
 *   of images may serve all trials.
 */
export function firstLayerForward(
  gpu: Gpu,
  layer: ConvLayout,
  buffers: ForwardBuffers,
): Promise<(x: Sheet) => Promise<Step[]>> {
  return isFused(layer) ? fusedForward(gpu, layer, buffers) : convPoolForward(gpu, layer, buffers);
}

/**
 * Whether convolution and pool are one shader. Overlapping windows would be computed twice, small ones
 * reuse too few loads, and many channels do not fit the registers.
 */
export function isFused({ pool, poolStride, channels }: ConvLayout): boolean {
  return poolStride >= pool && pool >= 3 && channels <= 4;
}

/** The forward pass in one shader, for at most 4 channels. */
export async function fusedForward(
  gpu: Gpu,
  layer: ConvLayout,
  { parameters, y, argmax }: ForwardBuffers,
): Promise<(x: Sheet) => Promise<Step[]>> {
  const [trials, batch] = y.shape;
  const { kernel, channels, filters, stride, pool, poolStride, outHeight, outWidth } = layer;
  const texels = quads(channels * kernel ** 2);
  const chunks = { chunk: channels, count: 1, texels };
  const { packed, pack } = await packKernels(gpu, layer, parameters, "forward", chunks);
  let rows = pool;
  while (pool % rows !== 0 || rows > 1 && rows * pool * channels * kernel ** 2 > 2500) rows--;
  return async (x) => [
    pack,
    await bind(gpu, convPool, {
      buffers: { x, packed, y, argmax },
      constants: {
        ...{ BATCH: batch, ...imageConstants(x, trials), QUADS: quads(channels) },
        ...{ CHANNELS: channels, KERNEL: kernel, STRIDE: stride, FILTERS: filters },
        ...{ POOL: pool, POOL_STRIDE: poolStride, OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth },
        ...{ TEXELS: texels, ...sheetConstants("PACKED", packed), ...pooledConstants(layer, y) },
        ...{ ROWS: rows, LINES: (rows - 1) * stride + kernel, SPAN: (pool - 1) * stride + kernel },
      },
      workgroups: grid(batch * outHeight * outWidth, trials),
    }),
  ];
}

/**
 * From dy to the gradients of kernel and bias.
 *
 * @param dy (TRIALS, BATCH, FILTERS, OUT_HEIGHT, 4 · ⌈OUT_WIDTH/4⌉): planes.
 * @param argmax As the forward pass left it.
 * @param gradients (TRIALS, ROW); this layer's part is overwritten.
 */
export async function firstLayerBackward(
  gpu: Gpu,
  layer: ConvLayout,
  { x, dy, argmax, gradients }: { x: Sheet; dy: Tensor; argmax: Tensor; gradients: Tensor },
): Promise<Step[]> {
  const [trials, batch] = argmax.shape;
  const { kernel, channels, filters, outHeight, outWidth } = layer;
  const tapRows = evenTile(kernel, Math.max(1, Math.floor(100 / (kernel * channels))));
  const units = filters * ceilDiv(kernel, tapRows);
  const rows = chunkRows(outHeight, batch * units, 640, outWidth + 1);
  const chunks = ceilDiv(outHeight, rows);
  const { partials, sum } = await createPartials(gpu, layer, batch * chunks, gradients);
  const step = await bind(gpu, convPoolBackwardKernel, {
    buffers: { x, dy, argmax, partials },
    constants: {
      ...{ LANES: 32, BATCH: batch, ...imageConstants(x, trials), QUADS: quads(channels) },
      ...{ CHANNELS: channels, KERNEL: kernel, STRIDE: layer.stride, FILTERS: filters },
      ...{ POOL: layer.pool, POOL_STRIDE: layer.poolStride, LINE: quads(outWidth) },
      ...{ OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth, ROWS: rows, TAP_ROWS: tapRows },
    },
    workgroups: grid(batch * chunks * units, trials, 32),
  });
  return [step, sum];
}
