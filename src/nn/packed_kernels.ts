/**
 * Kernels as sheets: all weights of one output map in a row of texels, in the order in which the
 * convolutions read them.
 *
 * All lanes read the same weight at once. A texel of four costs 17 cycles on Mesa's CPU adapter, the
 * same four from a storage buffer 130, and from a uniform buffer 38 at an index that varies in a loop
 * (docs/PERFORMANCE.md).
 *
 * @module
 */
import packKernelsSource from "../../shaders/pack_kernels.wgsl" with { type: "text" };
import { MOST_WORKGROUPS } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/device.ts";
import { bind, defineShader, type Step } from "../gpu/shader.ts";
import { blocksAtMost, createSheet, type Sheet, sheetConstants } from "../gpu/sheet.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import type { ConvLayout } from "./layout.ts";

const packKernelsShader = defineShader("pack_kernels", packKernelsSource, {
  parameters: "read",
  blocks: "read",
  packed: "store",
});

/** How many input maps a convolution takes at once, and what follows from it. */
export interface Chunks {
  /** CHUNK: input maps; all of them, or a multiple of four. */
  chunk: number;
  /** CHUNKS that make up all input maps. */
  count: number;
  /** TEXELS of one chunk's weights. */
  texels: number;
}

/** Whether a layer's kernels are read for its forward pass, or turned for the gradient of its input. */
export type Direction = "forward" | "backward";

/** A convolution whose kernels are packed. */
export interface Packing {
  layer: ConvLayout;
  direction: Direction;
  chunks: Chunks;
}

/** Kernels as convolutions read them, and the step that packs the parameters as they are. */
export interface PackedKernels {
  /** (TRIALS, ROWS, WIDTH): weights, then the bias (0 backward); a convolution below the other. */
  packed: Sheet;
  /** The first row of each convolution, in the order in which they were given. */
  tops: number[];
  /** Packs them. */
  pack: Step;
}

/** Lanes of a workgroup, a texel each. */
const LANES = 64;
/** Words of the shader's `Block`. */
const BLOCK = 12;

/** The rows and texels of a convolution's kernels. */
function extentOf({ layer, direction, chunks: { count, texels } }: Packing) {
  const rows = direction === "forward" ? layer.filters : layer.channels;
  return { rows, width: count * texels + 1 };
}

/** The texels of convolutions below each other, where all rows are as wide as the widest. */
function togetherOf(packings: readonly Packing[]) {
  const sizes = packings.map(extentOf);
  return {
    height: sizes.reduce((sum, { rows }) => sum + rows, 0),
    width: Math.max(...sizes.map(({ width }) => width)),
  };
}

/** Whether the kernels of convolutions fit one sheet, and take not much more memory than on their own. */
export function fitTogether(gpu: Gpu, trials: number, packings: readonly Packing[]): boolean {
  const { height, width } = togetherOf(packings);
  const apart = packings.map(extentOf).reduce((sum, { rows, width }) => sum + rows * width, 0);
  const isSmall = height * width <= 2 * apart && height * width <= LANES * MOST_WORKGROUPS;
  return isSmall && blocksAtMost(gpu, height, width) >= trials;
}

/**
 * Packs the kernels of convolutions by one dispatch.
 *
 * @param parameters (TRIALS, ROW)
 * @param packings At least one.
 */
export async function packKernels(
  gpu: Gpu,
  parameters: Tensor,
  packings: readonly Packing[],
): Promise<PackedKernels> {
  const [trials, row] = parameters.shape, tops: number[] = [], blocks: number[] = [];
  let top = 0;
  for (const packing of packings) {
    const { layer, direction, chunks: { chunk, count } } = packing;
    const { kernel, channels, filters, weights, bias } = layer;
    const { rows, width } = extentOf(packing);
    const sizes = [kernel, channels, filters, direction === "forward" ? 1 : 0, chunk, count];
    for (let first = 0; first < rows * width; first += LANES) {
      blocks.push(first, top, rows, width, weights.offset, bias.offset, ...sizes);
    }
    tops.push(top);
    top += rows;
  }
  const { height, width } = togetherOf(packings);
  const packed = createSheet(gpu, "packed kernels", [trials, height, width]);
  const count = blocks.length / BLOCK;
  const table = createTensor(gpu, "packed blocks", [count, BLOCK], Uint32Array.from(blocks));
  const sizes = packings.map(({ layer: { weights, bias } }) => weights.size + bias.size);
  const pack = await bind(gpu, packKernelsShader, {
    buffers: { parameters, blocks: table, packed },
    constants: { ROW: row, ...sheetConstants("PACKED", packed) },
    workgroups: [count, 1, trials],
    touched: { parameters: trials * sizes.reduce((sum, size) => sum + size, 0) },
  });
  return { packed, tops, pack };
}
