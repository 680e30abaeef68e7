/**
 * conv → ReLU → max-pool, forward and backward.
 *
 * The forward pass keeps the pooled map and the place of each maximum (or DEAD where ReLU gave 0), which
 * is all that the backward pass needs of the map between: so that map's buffer holds z in the forward
 * pass and dz in the backward pass.
 *
 * @module
 */
import convSource from "../../shaders/conv.wgsl" with { type: "text" };
import backwardInputSource from "../../shaders/conv_backward_input.wgsl" with { type: "text" };
import backwardKernelSource from "../../shaders/conv_backward_kernel.wgsl" with { type: "text" };
import maxPoolSource from "../../shaders/max_pool.wgsl" with { type: "text" };
import maxPoolBackwardSource from "../../shaders/max_pool_backward.wgsl" with { type: "text" };
import sumPartialsSource from "../../shaders/sum_partials.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step } from "../gpu/shader.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import { createKernelPages, evenTile } from "./kernel_pages.ts";
import type { ConvLayout } from "./layout.ts";

const conv = {
  name: "conv",
  source: convSource,
  bindings: { x: "read", parameters: "read", kernel: "uniform", page: "uniform", z: "read_write" },
} as const satisfies Shader<string>;

const maxPool = {
  name: "max_pool",
  source: maxPoolSource,
  bindings: { z: "read", y: "read_write", argmax: "read_write" },
} as const satisfies Shader<string>;

const maxPoolBackward = {
  name: "max_pool_backward",
  source: maxPoolBackwardSource,
  bindings: { dy: "read", argmax: "read", dz: "read_write" },
} as const satisfies Shader<string>;

const convBackwardKernel = {
  name: "conv_backward_kernel",
  source: backwardKernelSource,
  bindings: { x: "read", dz: "read", partials: "read_write" },
} as const satisfies Shader<string>;

const sumPartials = {
  name: "sum_partials",
  source: sumPartialsSource,
  bindings: { partials: "read", gradients: "read_write" },
} as const satisfies Shader<string>;

const convBackwardInput = {
  name: "conv_backward_input",
  source: backwardInputSource,
  bindings: { dz: "read", kernel: "uniform", page: "uniform", dx: "read_write" },
} as const satisfies Shader<string>;

/** What the layer computes between its input and its output. */
export interface ConvPoolMaps {
  /** (TRIALS, BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS): z, then dz. */
  z: Tensor;
  /** (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) */
  y: Tensor;
  /** (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) u32 */
  argmax: Tensor;
}

/** Creates the maps of one layer. */
export function createConvPoolMaps(
  gpu: Gpu,
  layer: ConvLayout,
  trials: number,
  batch: number,
): ConvPoolMaps {
  const name = layer.weights.name.replace(".kernel", "");
  const { convHeight, convWidth, outHeight, outWidth, filters } = layer;
  return {
    z: createTensor(gpu, `${name} z`, [trials, batch, convHeight, convWidth, filters]),
    y: createTensor(gpu, `${name} y`, [trials, batch, outHeight, outWidth, filters]),
    argmax: createTensor(gpu, `${name} argmax`, [trials, batch, outHeight, outWidth, filters]),
  };
}

/**
 * y = maxpool(relu(conv(x) + bias)).
 *
 * @param x (TRIALS or 1, BATCH, HEIGHT, WIDTH, CHANNELS); one set of images may serve all trials.
 * @param parameters (TRIALS, ROW)
 */
export async function convPoolForward(
  gpu: Gpu,
  layer: ConvLayout,
  { x, parameters, z, y, argmax }: { x: Tensor; parameters: Tensor } & ConvPoolMaps,
): Promise<Step[]> {
  const [trials, batch] = z.shape;
  const packed = await createKernelPages(gpu, layer, parameters, "forward");
  const columns = evenTile(layer.convWidth, 8);
  const constants = {
    ...convConstants(layer, batch),
    SHARED_IMAGES: sharedImages(x, trials),
    ROW: parameters.shape[1],
    BIAS: layer.bias.offset,
    COLUMNS: columns,
    TILE: packed.tile,
    SPAN: (columns - 1) * layer.stride + layer.kernel,
  };
  const tiles = layer.convHeight * ceilDiv(layer.convWidth, columns);
  const convolve = packed.pages.map(({ kernel, page, units }) =>
    bind(gpu, conv, {
      buffers: { x, parameters, kernel, page, z },
      constants,
      workgroups: [ceilDiv(tiles, 64), batch, units],
    })
  );
  const pool = bind(gpu, maxPool, {
    buffers: { z, y, argmax },
    constants: poolConstants(layer, batch),
    workgroups: [ceilDiv(layer.outHeight * layer.outWidth * layer.filters, 64), batch, trials],
  });
  return [packed.pack, ...await Promise.all(convolve), await pool];
}

/**
 * From dy to the gradients of kernel and bias, and of the input where one is wanted.
 *
 * @param dy (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS)
 * @param dx (TRIALS, BATCH, HEIGHT, WIDTH, CHANNELS); omitted for the first layer.
 * @param gradients (TRIALS, ROW); this layer's part is overwritten.
 */
export async function convPoolBackward(
  gpu: Gpu,
  layer: ConvLayout,
  { x, parameters, gradients, dy, z, argmax, dx }:
    & { x: Tensor; parameters: Tensor; gradients: Tensor; dy: Tensor; dx?: Tensor }
    & ConvPoolMaps,
): Promise<Step[]> {
  const [trials, batch] = z.shape;
  const unpool = await bind(gpu, maxPoolBackward, {
    buffers: { dy, argmax, dz: z },
    constants: poolConstants(layer, batch),
    workgroups: [ceilDiv(layer.convHeight * layer.convWidth * layer.filters, 64), batch, trials],
  });
  return [
    unpool,
    ...await kernelGradient(gpu, layer, x, z, gradients),
    ...(dx ? await inputGradient(gpu, layer, z, parameters, dx) : []),
  ];
}

async function kernelGradient(
  gpu: Gpu,
  layer: ConvLayout,
  x: Tensor,
  dz: Tensor,
  gradients: Tensor,
): Promise<Step[]> {
  const [trials, batch] = dz.shape;
  const { kernel, stride, channels, filters, convHeight, weights } = layer;
  // About 75 sums a lane: few enough to stay near the registers, many enough to pay for the loads.
  const tile = evenTile(filters, 8);
  const channelTile = evenTile(channels, Math.max(1, Math.floor(80 / (kernel * tile))));
  const rows = ceilDiv(convHeight, 4);
  const chunks = ceilDiv(convHeight, rows);
  const units = kernel * ceilDiv(channels, channelTile) * ceilDiv(filters, tile);
  const size = weights.size + filters; // the bias follows the kernel in the row
  const partials = createTensor(gpu, "kernel gradient partials", [trials, batch * chunks, size]);
  const kept = Math.max(kernel - stride, 0);
  return await Promise.all([
    bind(gpu, convBackwardKernel, {
      buffers: { x, dz, partials },
      constants: {
        ...convConstants(layer, batch),
        SHARED_IMAGES: sharedImages(x, trials),
        ...{ ROWS: rows, CHANNEL_TILE: channelTile, TILE: tile, KEPT: kept, FRESH: kernel - kept },
      },
      workgroups: [ceilDiv(chunks * units, 64), batch, trials],
    }),
    bind(gpu, sumPartials, {
      buffers: { partials, gradients },
      constants: {
        ...{ PARTIALS: batch * chunks, SIZE: size, OFFSET: weights.offset },
        ROW: gradients.shape[1],
      },
      workgroups: [ceilDiv(size, 64), 1, trials],
    }),
  ]);
}

async function inputGradient(
  gpu: Gpu,
  layer: ConvLayout,
  dz: Tensor,
  parameters: Tensor,
  dx: Tensor,
): Promise<Step[]> {
  const [, batch] = dz.shape;
  const { kernel, stride, padLeft, height, width } = layer;
  const packed = await createKernelPages(gpu, layer, parameters, "backward");
  const columns = stride * evenTile(ceilDiv(width, stride), Math.max(1, Math.floor(8 / stride)));
  const left = ceilDiv(Math.max(kernel - 1 - padLeft, 0), stride);
  const constants = {
    ...convConstants(layer, batch),
    COLUMNS: columns,
    TILE: packed.tile,
    LEFT: left,
    SPAN: Math.floor((columns - 1 + padLeft) / stride) + left + 1,
  };
  const tiles = height * ceilDiv(width, columns);
  const steps = packed.pages.map(({ kernel, page, units }) =>
    bind(gpu, convBackwardInput, {
      buffers: { dz, kernel, page, dx },
      constants,
      workgroups: [ceilDiv(tiles, 64), batch, units],
    })
  );
  return [packed.pack, ...await Promise.all(steps)];
}

function convConstants(layer: ConvLayout, batch: number) {
  return {
    ...{ BATCH: batch, HEIGHT: layer.height, WIDTH: layer.width, CHANNELS: layer.channels },
    ...{ KERNEL: layer.kernel, STRIDE: layer.stride, FILTERS: layer.filters },
    ...{ PAD_TOP: layer.padTop, PAD_LEFT: layer.padLeft },
    ...{ CONV_HEIGHT: layer.convHeight, CONV_WIDTH: layer.convWidth },
  };
}

function poolConstants(layer: ConvLayout, batch: number) {
  return {
    ...{ BATCH: batch, CONV_HEIGHT: layer.convHeight, CONV_WIDTH: layer.convWidth },
    ...{ FILTERS: layer.filters, POOL: layer.pool, POOL_STRIDE: layer.poolStride },
    ...{ OUT_HEIGHT: layer.outHeight, OUT_WIDTH: layer.outWidth },
  };
}

const sharedImages = (x: Tensor, trials: number) => x.shape[0] === 1 && trials > 1 ? 1 : 0;
