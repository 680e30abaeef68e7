/**
 * Convolution with "same" padding, forward and backward: from a stored map to planes, and from the
 * gradient of those planes' map back to kernel, bias and input.
 *
 * @module
 */
import convSource from "../../shaders/conv.wgsl" with { type: "text" };
import backwardKernelSource from "../../shaders/conv_backward_kernel.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, dispatchSize, evenTile, type Step } from "../gpu/shader.ts";
import { type Sheet, sheetConstants } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { GRADIENT_LANES, mapTile, VECTOR } from "../gpu/tuning.ts";
import * as forGpus from "./conv_gpu.ts";
import { convConstants, gradientConstants, imageConstants } from "./layer_constants.ts";
import { type ConvLayout, convMultiplyAdds, quads } from "./layout.ts";
import {
  type Chunks,
  type Direction,
  fitTogether,
  type PackedKernels,
  packKernels,
} from "./packed_kernels.ts";
import { chunkRows, createPartials } from "./partials.ts";

const conv = defineShader("conv", convSource, { x: "load", packed: "load", z: "write" });

const convBackwardKernel = defineShader("conv_backward_kernel", backwardKernelSource, {
  x: "load",
  dz: "load",
  partials: "write",
});

/** A layer's convolution, and in which direction. */
export type Convolution = readonly [layer: ConvLayout, direction: Direction];

/** A network's kernels, where they are packed together. */
export type NetworkKernels = PackedKernels & {
  /** The first row of a convolution. */
  topOf(layer: ConvLayout, direction: Direction): number;
};

/**
 * Packs the kernels of convolutions together, where they are read so and that is no waste.
 *
 * @param wanted Each with its direction.
 * @returns undefined where each convolution reads or packs its own.
 */
export async function packNetwork(
  gpu: Gpu,
  parameters: Tensor,
  wanted: readonly Convolution[],
): Promise<NetworkKernels | undefined> {
  if (gpu.tunedFor === "gpu" || wanted.length === 0) return undefined;
  const packings = wanted.map(([layer, direction]) => {
    return { layer, direction, chunks: tile(sizesOf(layer, direction)) };
  });
  if (wanted.length > 1 && !fitTogether(gpu, parameters.shape[0], packings)) return undefined;
  const kernels = await packKernels(gpu, parameters, packings);
  const topOf: NetworkKernels["topOf"] = (layer, direction) =>
    kernels.tops[wanted.findIndex(([own, to]) => own === layer && to === direction)];
  return { ...kernels, topOf };
}

/**
 * z = bias + kernel ∗ x.
 *
 * @param parameters (TRIALS, ROW)
 * @param z (TRIALS, BATCH, FILTERS, CONV_HEIGHT, 4 · ⌈CONV_WIDTH/4⌉): planes.
 * @param kernels Where they are packed by a step before; omitted: the steps pack them first.
 * @returns The steps for an x (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH · QUADS), padding stored; one set
 *   of images may serve all trials.
 */
export function convForward(
  gpu: Gpu,
  layer: ConvLayout,
  buffers: { parameters: Tensor; z: Tensor; kernels?: NetworkKernels },
): Promise<(x: Sheet) => Promise<Step[]>> {
  return convolution(gpu, layer, "forward", buffers);
}

/**
 * From dz to the gradients of kernel and bias.
 *
 * @param dz (TRIALS, BATCH, DZ_HEIGHT, DZ_WIDTH · DZ_QUADS), in its border of zeros.
 * @param gradients (TRIALS, ROW); this layer's part is overwritten.
 */
export async function convBackwardToKernel(
  gpu: Gpu,
  layer: ConvLayout,
  { x, dz, gradients }: { x: Sheet; dz: Sheet; gradients: Tensor },
): Promise<Step[]> {
  if (gpu.tunedFor === "gpu") return forGpus.kernelGradients(gpu, layer, { x, dz, gradients });
  const [trials, batch] = dz.shape;
  const { kernel, stride, channels, filters, convHeight, convWidth } = layer;
  // Up to 250 sums a lane, in tiles of all maps or of a multiple of four.
  const most = Math.floor(250 / kernel);
  const channelTile = mapTile(channels, Math.max(4, most / 4));
  const filterTile = mapTile(filters, most / channelTile);
  const columns = evenTile(
    convWidth,
    Math.min(11, Math.max(1, Math.floor(800 / (kernel * channelTile * filterTile)))),
  );
  const units = kernel * ceilDiv(channels, channelTile) * ceilDiv(filters, filterTile);
  const rounds = ceilDiv(convWidth, columns) + 1;
  const rows = chunkRows(convHeight, batch * units, GRADIENT_LANES.cpu, rounds);
  const chunks = ceilDiv(convHeight, rows);
  const { partials, sum } = await createPartials(gpu, layer, batch * chunks, gradients);
  const step = await bind(gpu, convBackwardKernel, {
    buffers: { x, dz, partials },
    constants: {
      LANES: VECTOR,
      ...kernelGradientConstants(layer, x, dz),
      ROWS: rows,
      COLUMNS: columns,
      SPAN: (columns - 1) * stride + kernel,
      CHANNEL_TILE: channelTile,
      CHANNEL_QUADS: quads(channelTile),
      TILE: filterTile,
      TILE_QUADS: quads(filterTile),
    },
    workgroups: dispatchSize(batch * chunks * units, trials, VECTOR),
    multiplyAdds: trials * batch * convMultiplyAdds(layer),
  });
  return [step, sum];
}

/**
 * From dz to the gradient of the input: a convolution of dz with the turned kernel.
 *
 * @param dz (TRIALS, BATCH, DZ_HEIGHT, DZ_WIDTH · DZ_QUADS), in its border of zeros.
 * @param dx (TRIALS, BATCH, CHANNELS, HEIGHT, 4 · ⌈WIDTH/4⌉): planes.
 * @param kernels As in {@linkcode convForward}.
 */
export async function convBackwardToInput(
  gpu: Gpu,
  layer: ConvLayout,
  { dz, dx, ...from }: { dz: Sheet; parameters: Tensor; dx: Tensor; kernels?: NetworkKernels },
): Promise<Step[]> {
  return (await convolution(gpu, layer, "backward", { ...from, z: dx }))(dz);
}

/** Packs the kernels where they are read so and are not packed yet, and convolves. */
async function convolution(
  gpu: Gpu,
  layer: ConvLayout,
  direction: Direction,
  { parameters, z, kernels }: { parameters: Tensor; z: Tensor; kernels?: NetworkKernels },
): Promise<(x: Sheet) => Promise<Step[]>> {
  const sizes = sizesOf(layer, direction);
  if (gpu.tunedFor === "gpu") {
    const buffers = { parameters, z };
    return async (x) => [await forGpus.convolve(gpu, layer, sizes, { x, ...buffers }, direction)];
  }
  const own = kernels ?? (await packNetwork(gpu, parameters, [[layer, direction]]))!;
  const packed = { sheet: own.packed, top: own.topOf(layer, direction) };
  return async (x) => {
    const convolved = await convolve(gpu, layer, sizes, tile(sizes), { x, packed, z });
    return kernels ? [convolved] : [own.pack, convolved];
  };
}

/** What a layer's convolution computes, forward or for the gradient of its input. */
function sizesOf(layer: ConvLayout, direction: Direction): ConvSizes {
  const { kernel, stride, channels, filters, height, width, convHeight, convWidth } = layer;
  return direction === "forward"
    ? { kernel, stride, channels, height: convHeight, width: convWidth }
    : { kernel, stride: 1, channels: filters, height, width };
}

/** What a gradient of kernel and bias is summed over, on any adapter. */
export function kernelGradientConstants(layer: ConvLayout, x: Sheet, dz: Sheet) {
  const [trials, batch] = dz.shape, { channels, filters, convHeight, convWidth } = layer;
  return {
    BATCH: batch,
    ...imageConstants(x, trials),
    QUADS: quads(channels),
    ...convConstants(layer),
    CONV_HEIGHT: convHeight,
    CONV_WIDTH: convWidth,
    ...gradientConstants(layer, dz),
    DZ_QUADS: quads(filters),
  };
}

/** The sizes of a convolution of a stored map of `channels` to planes of height × width. */
export interface ConvSizes {
  kernel: number;
  stride: number;
  channels: number;
  height: number;
  width: number;
}

/** What a convolution computes, on any adapter. */
export function sizeConstants(
  { kernel, stride, channels, height, width }: ConvSizes,
  x: Sheet,
  { shape: [trials, batch, filters] }: Tensor,
) {
  return {
    BATCH: batch,
    ...imageConstants(x, trials),
    QUADS: quads(channels),
    KERNEL: kernel,
    STRIDE: stride,
    HEIGHT: height,
    LINE: quads(width),
    FILTERS: filters,
  };
}

/** z = bias + kernel ∗ x. */
function convolve(
  gpu: Gpu,
  layer: ConvLayout,
  sizes: ConvSizes,
  { chunk, count, texels, vectors }: Tiling,
  { x, packed, z }: { x: Sheet; packed: { sheet: Sheet; top: number }; z: Tensor },
): Promise<Step> {
  const [trials, batch] = z.shape, { kernel, stride, height, width } = sizes, lanes = 16;
  return bind(gpu, conv, {
    buffers: { x, packed: packed.sheet, z },
    constants: {
      LANES: lanes,
      ...sizeConstants(sizes, x, z),
      CHUNK: chunk,
      CHUNKS: count,
      CHUNK_QUADS: quads(chunk),
      TEXELS: texels,
      ...sheetConstants("PACKED", packed.sheet),
      PACKED_TOP: packed.top,
      COLUMNS: 4 * vectors,
      VECTORS: vectors,
      SPAN: (4 * vectors - 1) * stride + kernel,
    },
    workgroups: dispatchSize(batch * height * ceilDiv(quads(width), vectors), trials, lanes),
    multiplyAdds: trials * batch * convMultiplyAdds(layer),
  });
}

/** Products of one lane's unrolled code: with more, it outgrows a CPU's caches. */
const MOST_CONV_PRODUCTS = 2000;
/** Texels that one lane loads in unrolled code: with more, it outgrows a CPU's caches. */
const MOST_TEXELS = 256;

/** How a convolution is cut up: what one lane computes at a time. */
interface Tiling extends Chunks {
  /** Vectors of four columns. */
  vectors: number;
}

/** All channels at once and as many columns as fit, up to twelve; else the most channels that fit. */
function tile({ kernel, channels, width, stride }: ConvSizes): Tiling {
  const fits = (vectors: number, chunk: number) =>
    kernel ** 2 * 4 * vectors * chunk <= MOST_CONV_PRODUCTS &&
    kernel * ((4 * vectors - 1) * stride + kernel) * quads(chunk) + quads(kernel ** 2 * chunk) <=
      MOST_TEXELS;
  const tiling = (vectors: number, chunk: number): Tiling => ({
    vectors: evenTile(quads(width), vectors),
    chunk,
    count: ceilDiv(channels, chunk),
    texels: quads(chunk * kernel ** 2),
  });
  for (const vectors of [3, 2]) if (fits(vectors, channels)) return tiling(vectors, channels);
  for (let part = quads(channels) - 1; part > 1; part--) {
    if (quads(channels) % part === 0 && fits(2, 4 * part)) return tiling(2, 4 * part);
  }
  const chunk = channels > 4 ? 4 : channels;
  return tiling([3, 2].find((vectors) => fits(vectors, chunk)) ?? 1, chunk);
}
