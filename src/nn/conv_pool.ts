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
import firstKernelSource from "../../shaders/conv_pool_backward_kernel.wgsl" with { type: "text" };
import maxPoolSource from "../../shaders/max_pool.wgsl" with { type: "text" };
import maxPoolBackwardSource from "../../shaders/max_pool_backward.wgsl" with { type: "text" };
import sumPartialsSource from "../../shaders/sum_partials.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, evenTile, type Shader, type Step } from "../gpu/shader.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import { createKernelPages } from "./kernel_pages.ts";
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

const convPoolBackwardKernel = {
  name: "conv_pool_backward_kernel",
  source: firstKernelSource,
  bindings: { x: "read", dy: "read", argmax: "read", partials: "read_write" },
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

/** What the layer computes between its input and its output; maps as stored, with their borders. */
export interface ConvPoolMaps {
  /** (TRIALS, BATCH, Z_HEIGHT, Z_WIDTH, FILTERS): z, then dz. */
  z: Tensor;
  /** (TRIALS, BATCH, Y_HEIGHT, Y_WIDTH, FILTERS) */
  y: Tensor;
  /** (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) u32 */
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
  const { z, y, outHeight, outWidth, filters } = layer;
  return {
    z: createTensor(gpu, `${name} z`, [trials, batch, z.height, z.width, filters]),
    y: createTensor(gpu, `${name} y`, [trials, batch, y.height, y.width, filters]),
    argmax: createTensor(gpu, `${name} argmax`, [trials, batch, outHeight, outWidth, filters]),
  };
}

/**
 * y = maxpool(relu(conv(x) + bias)).
 *
 * @param x (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH, CHANNELS), padding stored; one set of images may
 *   serve all trials.
 * @param parameters (TRIALS, ROW)
 */
export async function convPoolForward(
  gpu: Gpu,
  layer: ConvLayout,
  { x, parameters, z, y, argmax }: { x: Tensor; parameters: Tensor } & ConvPoolMaps,
): Promise<Step[]> {
  const [trials, batch] = z.shape;
  const packed = await createKernelPages(gpu, layer, parameters, "forward");
  const columns = evenTile(layer.convWidth, mostColumns(packed.tile));
  const constants = {
    ...convConstants(layer, batch),
    ...inputConstants(layer, x, trials),
    ...{ CONV_HEIGHT: layer.convHeight, CONV_WIDTH: layer.convWidth },
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
    constants: {
      ...poolConstants(layer, batch),
      ...storedConstants(layer),
      ...{ Y_HEIGHT: layer.y.height, Y_WIDTH: layer.y.width },
      ...{ Y_TOP: layer.y.top, Y_LEFT: layer.y.left },
    },
    workgroups: [ceilDiv(layer.outHeight * layer.outWidth * layer.filters, 64), batch, trials],
  });
  return [packed.pack, ...await Promise.all([...convolve, pool])];
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
  // Where nobody asks for dx, nobody needs dz: most of a pooled map's z got no gradient at all.
  if (!dx) return await sparseKernelGradient(gpu, layer, { x, dy, argmax, gradients });
  const [trials, batch] = z.shape;
  const unpool = await bind(gpu, maxPoolBackward, {
    buffers: { dy, argmax, dz: z },
    constants: {
      ...poolConstants(layer, batch),
      ...storedConstants(layer),
      ...{ CONV_HEIGHT: layer.convHeight, CONV_WIDTH: layer.convWidth },
    },
    workgroups: [ceilDiv(layer.convHeight * layer.convWidth * layer.filters, 64), batch, trials],
  });
  return [
    unpool,
    ...await kernelGradient(gpu, layer, { x, dz: z, gradients }),
    ...await inputGradient(gpu, layer, { dz: z, parameters, dx }),
  ];
}

async function sparseKernelGradient(
  gpu: Gpu,
  layer: ConvLayout,
  { x, dy, argmax, gradients }: Record<"x" | "dy" | "argmax" | "gradients", Tensor>,
): Promise<Step[]> {
  const [trials, batch] = argmax.shape;
  const { kernel, stride, channels, filters, outHeight } = layer;
  const tile = evenTile(kernel * channels, 32);
  const rows = ceilDiv(outHeight, 4);
  const chunks = ceilDiv(outHeight, rows);
  const units = kernel * filters * ceilDiv(kernel * channels, tile);
  const { partials, sum } = await createPartials(gpu, layer, batch * chunks, gradients);
  const step = await bind(gpu, convPoolBackwardKernel, {
    buffers: { x, dy, argmax, partials },
    constants: {
      ...poolConstants(layer, batch),
      ...inputConstants(layer, x, trials),
      ...{ CHANNELS: channels, KERNEL: kernel, STRIDE: stride, ROWS: rows, TILE: tile },
    },
    workgroups: [ceilDiv(chunks * units, 64), batch, trials],
  });
  return [step, sum];
}

async function kernelGradient(
  gpu: Gpu,
  layer: ConvLayout,
  { x, dz, gradients }: Record<"x" | "dz" | "gradients", Tensor>,
): Promise<Step[]> {
  const [trials, batch] = dz.shape;
  const { kernel, stride, channels, filters, convHeight } = layer;
  // About 75 sums a lane: few enough to stay near the registers, many enough to pay for the loads.
  const tile = evenTile(filters, 8);
  const channelTile = evenTile(channels, Math.max(1, Math.floor(80 / (kernel * tile))));
  const rows = ceilDiv(convHeight, 4);
  const chunks = ceilDiv(convHeight, rows);
  const units = kernel * ceilDiv(channels, channelTile) * ceilDiv(filters, tile);
  const { partials, sum } = await createPartials(gpu, layer, batch * chunks, gradients);
  const kept = Math.max(kernel - stride, 0);
  const step = await bind(gpu, convBackwardKernel, {
    buffers: { x, dz, partials },
    constants: {
      ...convConstants(layer, batch),
      ...inputConstants(layer, x, trials),
      ...{ CONV_HEIGHT: convHeight, CONV_WIDTH: layer.convWidth },
      ...{ ROWS: rows, CHANNEL_TILE: channelTile, TILE: tile, KEPT: kept, FRESH: kernel - kept },
    },
    workgroups: [ceilDiv(chunks * units, 64), batch, trials],
  });
  return [step, sum];
}

/** Room for partial gradients of kernel and bias (the bias follows the kernel), and their sum. */
async function createPartials(
  gpu: Gpu,
  { weights, bias }: ConvLayout,
  count: number,
  gradients: Tensor,
): Promise<{ partials: Tensor; sum: Step }> {
  const [trials, row] = gradients.shape;
  const size = weights.size + bias.size;
  const partials = createTensor(gpu, `${weights.name} partials`, [trials, count, size]);
  const sum = await bind(gpu, sumPartials, {
    buffers: { partials, gradients },
    constants: { PARTIALS: count, SIZE: size, OFFSET: weights.offset, ROW: row },
    workgroups: [ceilDiv(size, 64), 1, trials],
  });
  return { partials, sum };
}

async function inputGradient(
  gpu: Gpu,
  layer: ConvLayout,
  { dz, parameters, dx }: Record<"dz" | "parameters" | "dx", Tensor>,
): Promise<Step[]> {
  const [, batch] = dz.shape;
  const { stride, padTop, padLeft, height, width } = layer;
  const packed = await createKernelPages(gpu, layer, parameters, "backward");
  const most = Math.max(1, Math.floor(mostColumns(packed.tile) / stride));
  const columns = stride * evenTile(ceilDiv(width, stride), most);
  const constants = {
    ...convConstants(layer, batch),
    COLUMNS: columns,
    TILE: packed.tile,
    ...{ HEIGHT: height, WIDTH: width, PAD_TOP: padTop, PAD_LEFT: padLeft },
    SPAN: Math.floor((columns - 1 + padLeft) / stride) + layer.z.left + 1,
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

/**
 * How many neighbouring columns a lane computes for its tile of maps. Each weight it reads serves them
 * all; 55 sums cost less in spilled registers than they save in loads (measured on Mesa's CPU adapter).
 */
const mostColumns = (tile: number) => Math.min(11, Math.floor(64 / tile));

function convConstants(layer: ConvLayout, batch: number) {
  const { channels, kernel, stride, filters } = layer;
  return {
    ...{ BATCH: batch, CHANNELS: channels, KERNEL: kernel, STRIDE: stride, FILTERS: filters },
    ...storedConstants(layer),
  };
}

function inputConstants(layer: ConvLayout, x: Tensor, trials: number) {
  const shared = x.shape[0] === 1 && trials > 1;
  return { X_HEIGHT: layer.x.height, X_WIDTH: layer.x.width, SHARED_IMAGES: shared ? 1 : 0 };
}

function poolConstants(layer: ConvLayout, batch: number) {
  const { filters, pool, poolStride, outHeight, outWidth } = layer;
  return {
    ...{ BATCH: batch, FILTERS: filters, POOL: pool, POOL_STRIDE: poolStride },
    ...{ OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth },
  };
}

const storedConstants = ({ z }: ConvLayout) => (
  { Z_HEIGHT: z.height, Z_WIDTH: z.width, Z_TOP: z.top, Z_LEFT: z.left }
);
