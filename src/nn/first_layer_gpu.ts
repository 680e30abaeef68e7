/**
 * The first layer as GPUs like it: few numbers a lane, weights in workgroup memory, and each row of pixels
 * warped into it by all lanes together, so that no warped image is ever stored.
 *
 * @module
 */
import backwardKernelSource from "../../shaders/conv_pool_backward_kernel_gpu.wgsl" with {
  type: "text",
};
import convPoolSource from "../../shaders/conv_pool_gpu.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, dispatchSize, evenTile, type Step } from "../gpu/shader.ts";
import { createSheet, type Sheet, sheetConstants } from "../gpu/sheet.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import { GRADIENT_LANES, mapTile, MOST_FLOATS, wholeWaves, workgroupBytes } from "../gpu/tuning.ts";
import { BANK, bankSheets, type ImageSource, warpWork } from "./augment.ts";
import type { BackwardBuffers, ForwardBuffers } from "./conv_pool.ts";
import {
  convConstants,
  imageConstants,
  placeConstants,
  sharing,
  windowConstants,
} from "./layer_constants.ts";
import { type ConvLayout, convMultiplyAdds, quads, sparseMultiplyAdds } from "./layout.ts";
import { pooledConstants, pooledTexels } from "./max_pool.ts";
import { createPartials } from "./partials.ts";
import { SLOT_WORDS } from "./slots.ts";

const convPool = defineShader("conv_pool_gpu", convPoolSource, {
  ...BANK,
  x: "load",
  parameters: "read",
  y: "store",
  argmax: "write",
});

const convPoolBackwardKernel = defineShader("conv_pool_backward_kernel_gpu", backwardKernelSource, {
  ...BANK,
  x: "load",
  dy: "read",
  argmax: "read",
  partials: "write",
});

/** Tiles of filters at most: each warps all pixels anew. */
const MOST_TILES = 4;

/** Whether a lane's numbers and a workgroup's weights and pixels fit, for at most 4 channels. */
export function fitsGpu(layer: ConvLayout): boolean {
  const { kernel, channels, filters } = layer;
  const { tile, floats } = forwardTile(layer);
  const bytes = 16 * kernel ** 2 * channels * quads(tile) + 4 * channels * spanOf(layer) ** 2;
  return ceilDiv(filters, tile) <= MOST_TILES && floats <= MOST_FLOATS &&
    bytes <= workgroupBytes(64);
}

/** The forward pass of a layer that fits. */
export async function forwardThroughWarp(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  { parameters, y, argmax }: ForwardBuffers,
): Promise<Step[]> {
  const [trials, batch] = y.shape;
  const { tile } = forwardTile(layer), tiles = ceilDiv(layer.filters, tile);
  const { lanes, groups, constants } = walk(layer, tile, batch, trials * tiles);
  return await Promise.all(
    imageBindings(gpu, layer, images, trials).map((from) =>
      bind(gpu, convPool, {
        buffers: { ...from.buffers, parameters, y, argmax },
        constants: {
          ...from.constants,
          ...forwardConstants(layer, tile, { parameters, y }),
          ...constants,
          LANES: lanes,
        },
        workgroups: dispatchSize(groups * lanes, trials * tiles, lanes),
        multiplyAdds: trials * batch * convMultiplyAdds(layer) + from.multiplyAdds,
        touched: {
          ...from.touched,
          parameters: trials * (layer.weights.size + layer.bias.size),
          y: trials * batch * pooledTexels(layer),
        },
      })
    ),
  );
}

/** Pixels for which a lane waits together. */
const AT_ONCE = 2;

/**
 * The tile of windows whose time is least, of those whose pixels fit. A row of pixels takes a
 * workgroup a moment in which it waits, hidden behind other workgroups where there are enough, and its
 * products and warps: in multiply-adds, of which a core does 128 at once.
 */
function walk(layer: ConvLayout, tile: number, batch: number, rows: number) {
  const { kernel, channels, stride, pool, poolStride, outHeight, outWidth } = layer;
  const [cores, atOnce, wait, warp] = [128, 128, 1500, 100];
  const weights = 16 * kernel ** 2 * channels * quads(tile);
  const products = kernel ** 2 * channels * pool * tile / stride; // of a lane and a row of pixels
  let best = { time: Infinity, lanes: 0, groups: 0, ROWS: 0, DOWN: 0, COLUMNS: 0 };
  for (const lanes of [64, 96, 128, 192, 256]) {
    for (let parts = 1; parts <= outWidth; parts++) {
      const columns = ceilDiv(outWidth, parts), across = ceilDiv(outWidth, columns);
      const line = (columns - 1) * poolStride * stride + spanOf(layer);
      const fits = Math.floor((workgroupBytes(lanes) - weights) / (4 * line * channels));
      const most = Math.min(Math.floor(lanes / columns), fits);
      for (let each = 1; most >= 1 && each <= outHeight; each++) {
        const chunks = ceilDiv(outHeight, each), down = evenTile(chunks, most);
        const groups = batch * across * ceilDiv(chunks, down);
        const lines = stride * ((each - 1) * poolStride + pool + depthOf(layer) - 1);
        const work = (lanes * products + down * line * warp) / atOnce;
        const time = lines * (wait + work * Math.max(1, groups * rows / cores));
        if (time < best.time) {
          best = { time, lanes, groups, ROWS: each, DOWN: down, COLUMNS: columns };
        }
      }
    }
  }
  const { lanes, groups, ROWS, DOWN, COLUMNS } = best;
  return { lanes, groups, constants: { ROWS, DOWN, COLUMNS, AT_ONCE } };
}

/** The backward pass of a layer that fits: to kernel and bias. */
export async function backwardThroughWarp(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  { dy, argmax, gradients }: BackwardBuffers,
): Promise<Step[]> {
  const [trials, batch] = argmax.shape;
  const { filters, outWidth } = layer;
  const { tile, sets, lanes, constants } = gradientTile(layer, batch);
  const { partials, sum } = await createPartials(gpu, layer, batch * sets, gradients);
  const steps = imageBindings(gpu, layer, images, trials).map((from) =>
    bind(gpu, convPoolBackwardKernel, {
      buffers: { ...from.buffers, dy, argmax, partials },
      constants: {
        ...from.constants,
        ...convConstants(layer),
        ...windowConstants(layer),
        ...constants,
        LANES: lanes,
        BATCH: batch,
        TILE: tile,
        LINE: quads(outWidth),
        QUADS: quads(filters),
      },
      workgroups: dispatchSize(batch * sets * lanes, trials * ceilDiv(filters, tile), lanes),
      multiplyAdds: trials * batch * sparseMultiplyAdds(layer) + from.multiplyAdds,
      touched: { ...from.touched, dy: trials * batch * filters * layer.outHeight * outWidth },
    })
  );
  return [...await Promise.all(steps), sum];
}

/** What a workgroup of the backward pass takes. */
function gradientTile(layer: ConvLayout, batch: number) {
  const { kernel, channels, filters, stride, pool, poolStride, outHeight, outWidth } = layer;
  const owned = kernel ** 2 * channels + 1, lanes = wholeWaves(owned);
  const perLane = ceilDiv(owned, lanes), tile = evenTile(filters, Math.floor(64 / perLane));
  const under = (windows: number) => ((windows - 1) * poolStride + pool - 1) * stride + kernel;
  // The windows that share the most pixels, of those whose pixels fit.
  let best = { rows: 1, columns: 1, warped: Infinity };
  for (let rows = 1; rows <= Math.min(outHeight, 8); rows++) {
    for (let columns = 1; columns <= outWidth; columns++) {
      const pixels = under(rows) * under(columns);
      const bytes = 4 * (pixels * channels + 1) + 8 * rows * columns * tile;
      const warped = pixels * ceilDiv(outHeight, rows) * ceilDiv(outWidth, columns);
      if (bytes <= workgroupBytes(lanes) && warped < best.warped) best = { rows, columns, warped };
    }
  }
  const { rows, columns } = best, across = ceilDiv(outWidth, columns);
  const groups = 2 * GRADIENT_LANES.gpu / lanes; // warping waits: twice as many hide it
  const chunks = Math.min(ceilDiv(groups, batch * across), ceilDiv(outHeight, rows));
  const rounds = ceilDiv(outHeight, rows * chunks);
  return {
    tile,
    sets: ceilDiv(outHeight, rows * rounds) * across,
    lanes,
    constants: { ROWS: rows, ROUNDS: rounds, COLUMNS: columns, AT_ONCE, PER_LANE: perLane },
  };
}

/** What a shader binds for each sheet that images lie on; what it does not read is a single texel. */
function imageBindings(gpu: Gpu, layer: ConvLayout, images: ImageSource, trials: number) {
  const corner = { X_TOP: layer.x.top, X_LEFT: layer.x.left };
  if ("texture" in images) {
    const pixels = createSheet(gpu, "no pixels", [1, 1, 1], "r32uint");
    const slots = createTensor(gpu, "no slots", [1, 1, SLOT_WORDS]);
    const clock = createTensor(gpu, "no clock", [1]);
    const normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
    const unread = { pixels: [pixels], slots, clock, batch: 1, normalization };
    const [{ constants }] = bankSheets({ ...layer.x, channels: 3 }, unread);
    return [{
      buffers: { pixels, slots, clock, x: images },
      constants: { ...constants, ...corner, ...imageConstants(images, trials), WARPED: 0 },
      multiplyAdds: 0,
      touched: {},
    }];
  }
  const x = createSheet(gpu, "no images", [1, 1, 1]);
  const { slots, clock } = images, [tables] = slots.shape;
  const unread = { ...sheetConstants("X", x), SHARED_IMAGES: sharing(tables, trials) };
  return bankSheets(layer.x, images).map(({ pixels, constants }) => ({
    buffers: { pixels, slots, clock, x },
    constants: { ...constants, ...corner, ...unread, WARPED: 1 },
    ...warpWork(constants, images, tables),
  }));
}

/** What the forward pass computes, on any adapter. */
export function forwardConstants(
  layer: ConvLayout,
  tile: number,
  { parameters, y }: { parameters: Tensor; y: Sheet },
) {
  return {
    BATCH: y.shape[1],
    ...convConstants(layer),
    ...windowConstants(layer),
    ...placeConstants(layer, parameters),
    ...pooledConstants(layer, y),
    TILE: tile,
    TILE_QUADS: quads(tile),
    PLACES: 4 * quads(tile),
    DEPTH: depthOf(layer),
    SPAN: spanOf(layer),
  };
}

/** TILE: filters of a lane of the forward pass, and the numbers that it then holds at once. */
function forwardTile(layer: ConvLayout): { tile: number; floats: number } {
  const span = spanOf(layer), each = depthOf(layer) * layer.pool + 2; // sums, maximum and place
  const tile = mapTile(layer.filters, (MOST_FLOATS - span) / each);
  return { tile, floats: span + tile * each };
}

/** DEPTH: rows of the convolution to which a row of pixels belongs. */
const depthOf = ({ kernel, stride }: ConvLayout): number => ceilDiv(kernel, stride);

/** SPAN: pixels of a row that lie under a window. */
export const spanOf = ({ kernel, stride, pool }: ConvLayout): number =>
  (pool - 1) * stride + kernel;
