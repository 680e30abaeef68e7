/**
 * Convolution as GPUs like it: few numbers a lane, weights and maps in workgroup memory, weights read as
 * they lie.
 *
 * @module
 */
import backwardKernelSource from "../../shaders/conv_backward_kernel_gpu.wgsl" with {
  type: "text",
};
import convSource from "../../shaders/conv_gpu.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, dispatchSize, evenTile, type Step } from "../gpu/shader.ts";
import type { Sheet } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { GRADIENT_LANES, LANES, MOST_FLOATS, wholeWaves, workgroupBytes } from "../gpu/tuning.ts";
import { type ConvSizes, kernelGradientConstants, sizeConstants } from "./conv.ts";
import { placeConstants } from "./layer_constants.ts";
import { type ConvLayout, convMultiplyAdds, quads } from "./layout.ts";
import { createPartials } from "./partials.ts";

const conv = defineShader("conv_gpu", convSource, { x: "load", parameters: "read", z: "write" });

const convBackwardKernel = defineShader("conv_backward_kernel_gpu", backwardKernelSource, {
  x: "load",
  dz: "load",
  partials: "write",
});

/** Lanes of a workgroup that share the weights in its memory. */
const GROUP = 256;

/**
 * z = bias + kernel ∗ x, or the gradient of the input (see `conv.ts`).
 *
 * @param sizes Of the convolution as it is computed: backward, channels and filters have changed places.
 * @param parameters (TRIALS, ROW)
 */
export function convolve(
  gpu: Gpu,
  layer: ConvLayout,
  sizes: ConvSizes,
  { x, parameters, z }: { x: Sheet; parameters: Tensor; z: Tensor },
  direction: "forward" | "backward",
): Promise<Step> {
  const [trials, batch, filters] = z.shape;
  const { weights, bias } = layer;
  const { channels, height, width } = sizes;
  const { columns, tile, span } = tileOf(sizes, filters, trials * batch);
  const { chunk, taps } = chunkOf(sizes, tile);
  return bind(gpu, conv, {
    buffers: { x, parameters, z },
    constants: {
      LANES: GROUP,
      ...sizeConstants(sizes, x, z),
      CHANNELS: channels,
      WIDTH: width,
      FORWARD: direction === "forward" ? 1 : 0,
      ...placeConstants(layer, parameters),
      COLUMNS: columns,
      TILE: tile,
      TILE_QUADS: quads(tile),
      SPAN: span,
      CHUNK: chunk,
      TAPS: taps,
    },
    workgroups: dispatchSize(
      batch * height * ceilDiv(width, columns),
      trials * ceilDiv(filters, tile),
      GROUP,
    ),
    multiplyAdds: trials * batch * convMultiplyAdds(layer),
    touched: {
      parameters: trials * (weights.size + bias.size),
      z: trials * batch * filters * height * width,
    },
  });
}

/** Columns and filters of a lane: the most that leave enough lanes, else the least. */
function tileOf(
  { kernel, stride, height, width }: ConvSizes,
  filters: number,
  images: number,
): { columns: number; tile: number; span: number } {
  const choices = [[4, 12], [2, 12], [2, 8], [2, 4], [2, 2]].map(([columns, most]) => {
    const tile = evenTile(filters, most), span = (columns - 1) * stride + kernel;
    return { columns, tile, span, floats: columns * tile + 4 * span };
  });
  const lanes = ({ columns, tile }: (typeof choices)[0]) =>
    images * height * ceilDiv(width, columns) * ceilDiv(filters, tile);
  return choices.find((choice) => choice.floats <= MOST_FLOATS && lanes(choice) >= LANES.gpu) ??
    choices[choices.length - 1];
}

/** CHUNK: the parts, a row of the kernel and a quad of channels each, whose weights a workgroup's memory holds. */
function chunkOf({ kernel, channels }: ConvSizes, tile: number): { chunk: number; taps: number } {
  const parts = kernel * quads(channels), most = workgroupBytes(GROUP) / (16 * quads(tile)); // taps
  if (kernel ** 2 * channels <= most) return { chunk: parts, taps: kernel ** 2 * channels };
  const chunk = evenTile(parts, Math.max(1, Math.floor(most / (4 * kernel))));
  return { chunk, taps: 4 * kernel * chunk };
}

/**
 * From dz to the gradients of kernel and bias.
 *
 * @param dz (TRIALS, BATCH, DZ_HEIGHT, DZ_WIDTH · DZ_QUADS), in its border of zeros.
 * @param gradients (TRIALS, ROW); this layer's part is overwritten.
 */
export async function kernelGradients(
  gpu: Gpu,
  layer: ConvLayout,
  { x, dz, gradients }: { x: Sheet; dz: Sheet; gradients: Tensor },
): Promise<Step[]> {
  const [trials, batch] = dz.shape;
  const { kernel, stride, channels, filters, convHeight, convWidth } = layer;
  const { channelTile, tileQuads, vectors, rows, lanes } = gradientTile(layer, trials * batch);
  const chunkRows = ceilDiv(
    convHeight,
    Math.min(ceilDiv(GRADIENT_LANES.gpu / lanes, batch), convHeight),
  );
  const sets = ceilDiv(convHeight, chunkRows) * ceilDiv(convWidth, 4 * vectors);
  const { partials, sum } = await createPartials(gpu, layer, batch * sets, gradients);
  const tiles = ceilDiv(channels, channelTile) * ceilDiv(quads(filters), tileQuads);
  const step = await bind(gpu, convBackwardKernel, {
    buffers: { x, dz, partials },
    constants: {
      LANES: lanes,
      ...kernelGradientConstants(layer, x, dz),
      CHUNK_ROWS: chunkRows,
      ROWS: Math.min(rows, chunkRows),
      VECTORS: vectors,
      CHANNEL_TILE: channelTile,
      TILE_QUADS: tileQuads,
      SPAN_VECTORS: quads(3 * stride + kernel),
    },
    workgroups: [batch * sets, tiles, trials],
    multiplyAdds: trials * batch * convMultiplyAdds(layer),
  });
  return [step, sum];
}

/**
 * Channels, filters, columns and rows of a workgroup: as many as its lanes own and its memory holds; but
 * where there are many images, a row at a time, so that more workgroups fit a core.
 */
function gradientTile(
  { kernel, stride, channels, filters, convHeight, convWidth }: ConvLayout,
  images: number,
) {
  const tileQuads = evenTile(quads(filters), 4);
  const bytes = (channelTile: number, vectors: number, rows: number) => {
    const line = (vectors - 1) * stride + quads(3 * stride + kernel);
    const under = channelTile * ((rows - 1) * stride + kernel) + 1;
    return 16 * (line * under + rows * vectors * 4 * tileQuads);
  };
  const own = (channelTile: number) => kernel * channelTile * tileQuads + tileQuads;
  const fits = (channelTile: number, vectors: number, rows: number) =>
    own(channelTile) <= 256 &&
    bytes(channelTile, vectors, rows) <= workgroupBytes(wholeWaves(own(channelTile)));
  let [channelTile, vectors, rows] = [channels, quads(convWidth), 1];
  while (channelTile > 1 && own(channelTile) > 256) {
    channelTile = evenTile(channels, channelTile - 1);
  }
  while (channelTile * vectors > 1 && !fits(channelTile, vectors, 1)) {
    if (channelTile > 4 || vectors === 1) channelTile = evenTile(channels, channelTile - 1);
    else vectors = evenTile(quads(convWidth), vectors - 1);
  }
  while (images < 256 && rows < convHeight && fits(channelTile, vectors, rows + 1)) rows++;
  return { channelTile, tileQuads, vectors, rows, lanes: wholeWaves(own(channelTile)) };
}
