/**
 * The first layer's conv → ReLU → max-pool: from images, whose gradient nobody asks for.
 *
 * Where its windows do not overlap it is one shader forward and one backward, and both read the images
 * through their warp: a training stores no warped image, no map at the convolution's resolution, and no
 * gradient of one. Elsewhere the images are warped into a sheet, and the layer is one like the others.
 *
 * @module
 */
import backwardKernelSource from "../../shaders/conv_pool_backward_kernel.wgsl" with {
  type: "text",
};
import convPoolSource from "../../shaders/conv_pool.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, grid, type Shader, type Step } from "../gpu/shader.ts";
import { createSheet, type Sheet, sheetConstants } from "../gpu/sheet.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import { LANES, mapTile, MOST_FLOATS, MOST_PRODUCTS, type Tuning } from "../gpu/tuning.ts";
import { augment, bankSheets, createImages, type WarpedImages } from "./augment.ts";
import { convPoolBackwardToKernel, convPoolForward, type ConvPoolMaps } from "./conv_pool.ts";
import { type ConvLayout, quads } from "./layout.ts";
import { pooledConstants } from "./max_pool.ts";
import { chunkRows, createPartials } from "./partials.ts";
import { SLOT_WORDS } from "./slots.ts";

const convPool = {
  name: "conv_pool",
  source: convPoolSource,
  bindings: {
    ...{ pixels: "load", slots: "read", clock: "read", x: "load" },
    ...{ parameters: "read", y: "store", argmax: "read_write" },
  },
} as const satisfies Shader<string>;

const convPoolBackwardKernel = {
  name: "conv_pool_backward_kernel",
  source: backwardKernelSource,
  bindings: {
    ...{ pixels: "load", slots: "read", clock: "read", x: "load" },
    ...{ dy: "read", argmax: "read", partials: "read_write" },
  },
} as const satisfies Shader<string>;

/**
 * What a first layer reads: images that lie ready, (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH · QUADS) with
 * their padding, or images that are warped as they are read. One set may serve all trials.
 */
export type ImageSource = Sheet | WarpedImages;

/** What the forward pass reads and writes, images apart. */
type ForwardBuffers = { parameters: Tensor } & ConvPoolMaps;
/** And the backward pass. */
type BackwardBuffers = { dy: Tensor; argmax: Tensor; gradients: Tensor };

/**
 * What a first layer reads of these images, and what must run before: one that is not fused reads a sheet.
 *
 * @param label The sheet's name in error messages.
 */
export async function firstLayerInput(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  label: string,
): Promise<{ images: ImageSource; before: Step[] }> {
  if ("texture" in images || isFused(layer, gpu.tunedFor)) return { images, before: [] };
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
  if (isFused(layer, gpu.tunedFor)) return (images) => fusedForward(gpu, layer, images, buffers);
  const forward = await convPoolForward(gpu, layer, buffers);
  return (images) => forward(images as Sheet);
}

/**
 * Whether forward and backward are one shader each. Windows that overlap would be computed more than once,
 * and where a lane cannot take all filters, or windows are small, the same pixels are warped many times.
 */
export function isFused(layer: ConvLayout, tunedFor: Tuning): boolean {
  const { channels, filters, stride, pool, poolStride } = layer;
  const { tile, floats } = forwardTile(layer, tunedFor);
  const warps = ceilDiv(filters, tile) * spanOf(layer) / (poolStride * stride); // of each column
  return channels <= 4 && poolStride >= pool && warps <= 4 &&
    (tunedFor === "cpu" || floats <= MOST_FLOATS);
}

/** The forward pass in one shader, for at most 4 channels. */
export async function fusedForward(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  { parameters, y, argmax }: ForwardBuffers,
): Promise<Step[]> {
  const [trials, batch] = y.shape;
  const { kernel, channels, filters, outHeight, outWidth } = layer;
  const { tile } = forwardTile(layer, gpu.tunedFor);
  const tiles = ceilDiv(filters, tile), texels = quads(channels * kernel ** 2) + 1;
  const chunks = ceilDiv(LANES[gpu.tunedFor], batch * trials * tiles * outWidth);
  const rows = ceilDiv(outHeight, chunks);
  const lanes = gpu.tunedFor === "gpu" ? 64 : 16;
  return await Promise.all(
    imageBindings(gpu, layer, images, trials).map(({ buffers, constants }) =>
      bind(gpu, convPool, {
        buffers: { ...buffers, parameters, y, argmax },
        constants: {
          ...{ ...constants, ...layerConstants(layer), ...pooledConstants(layer, y) },
          ...{ LANES: lanes, BATCH: batch, TILE: tile, TILE_QUADS: quads(tile) },
          ...{ PLACES: 4 * quads(tile), ROWS: rows, TEXELS: texels },
          OWN: gpu.tunedFor === "gpu" ? 1 : tile * texels,
          ...{ ROW: parameters.shape[1], WEIGHTS: layer.weights.offset, BIAS: layer.bias.offset },
        },
        workgroups: grid(batch * ceilDiv(outHeight, rows) * outWidth, trials * tiles, lanes),
      })
    ),
  );
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
  if (isFused(layer, gpu.tunedFor)) return fusedBackward(gpu, layer, images, buffers);
  return convPoolBackwardToKernel(gpu, layer, { x: images as Sheet, ...buffers });
}

/** The same in one shader, for at most 4 channels. */
export async function fusedBackward(
  gpu: Gpu,
  layer: ConvLayout,
  images: ImageSource,
  { dy, argmax, gradients }: BackwardBuffers,
): Promise<Step[]> {
  const [trials, batch] = argmax.shape;
  const { kernel, channels, filters, pool, poolStride, outHeight, outWidth } = layer;
  const tile = mapTile(filters, MOST_PRODUCTS / (kernel ** 2 * channels * pool));
  const tiles = ceilDiv(filters, tile);
  const columns = ceilDiv(outWidth, 8), across = ceilDiv(outWidth, columns);
  const rows = chunkRows(outHeight, batch * across, LANES.cpu / 2, (columns + 1) * poolStride);
  const chunks = ceilDiv(outHeight, rows);
  const { partials, sum } = await createPartials(gpu, layer, batch * chunks * across, gradients);
  const steps = imageBindings(gpu, layer, images, trials).map(({ buffers, constants }) =>
    bind(gpu, convPoolBackwardKernel, {
      buffers: { ...buffers, dy, argmax, partials },
      constants: {
        ...{ ...constants, ...layerConstants(layer), LANES: 16, BATCH: batch, TILE: tile },
        ...{ LINE: quads(outWidth), QUADS: quads(filters) },
        ...{ ROWS: rows, COLUMNS: columns, LANES_ACROSS: across },
      },
      workgroups: grid(batch * chunks * across, trials * tiles, 16),
    })
  );
  return [...await Promise.all(steps), sum];
}

/** For each sheet that images lie on, what a shader binds of them; what it does not read is a single texel. */
function imageBindings(gpu: Gpu, layer: ConvLayout, images: ImageSource, trials: number) {
  if ("texture" in images) {
    const pixels = createSheet(gpu, "no pixels", [1, 1, 1], "rgba8unorm");
    const slots = createTensor(gpu, "no slots", [1, 1, SLOT_WORDS]);
    const clock = createTensor(gpu, "no clock", [1]);
    const normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
    const unread = { pixels: [pixels], slots, clock, batch: 1, normalization };
    const [{ constants }] = bankSheets({ ...layer.x, channels: 3 }, unread);
    const shared = images.shape[0] === 1 && trials > 1;
    return [{
      buffers: { pixels, slots, clock, x: images },
      constants: {
        ...{ ...constants, ...sheetConstants("X", images) },
        ...{ WARPED: 0, SHARED_IMAGES: shared ? 1 : 0 },
      },
    }];
  }
  const x = createSheet(gpu, "no images", [1, 1, 1]);
  const { slots, clock } = images, shared = slots.shape[0] === 1 && trials > 1;
  return bankSheets(layer.x, images).map(({ pixels, constants }) => ({
    buffers: { pixels, slots, clock, x },
    constants: {
      ...{ ...constants, ...sheetConstants("X", x) },
      ...{ WARPED: 1, SHARED_IMAGES: shared ? 1 : 0 },
    },
  }));
}

/** The sizes that both shaders share. */
function layerConstants(layer: ConvLayout) {
  const { kernel, channels, filters, stride, pool, poolStride, outHeight, outWidth } = layer;
  return {
    ...{ X_TOP: layer.x.top, X_LEFT: layer.x.left, CHANNELS: channels, KERNEL: kernel },
    ...{ STRIDE: stride, FILTERS: filters, POOL: pool, POOL_STRIDE: poolStride },
    ...{ OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth, DEPTH: depthOf(layer), SPAN: spanOf(layer) },
  };
}

/** TILE: filters of a lane of the forward pass, and the numbers that it then holds at once. */
function forwardTile(layer: ConvLayout, tunedFor: Tuning): { tile: number; floats: number } {
  const { kernel, channels, filters, pool } = layer;
  const pixels = spanOf(layer) * channels, each = depthOf(layer) * pool + 2; // sums, maximum and place
  const most = tunedFor === "gpu"
    ? (MOST_FLOATS - pixels) / each
    : MOST_PRODUCTS / (kernel ** 2 * channels * pool);
  const tile = mapTile(filters, most);
  return { tile, floats: pixels + tile * each };
}

/** DEPTH: rows of the convolution to which a row of pixels belongs. */
const depthOf = ({ kernel, stride }: ConvLayout): number => ceilDiv(kernel, stride);

/** SPAN: pixels of a row that lie under a window. */
const spanOf = ({ kernel, stride, pool }: ConvLayout): number => (pool - 1) * stride + kernel;
