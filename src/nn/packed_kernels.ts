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
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, type Step } from "../gpu/shader.ts";
import { createSheet, type Sheet, sheetConstants } from "../gpu/sheet.ts";
import { sizeOf, type Tensor } from "../gpu/tensor.ts";
import { placeConstants } from "./layer_constants.ts";
import type { ConvLayout } from "./layout.ts";

const packKernelsShader = defineShader("pack_kernels", packKernelsSource, {
  parameters: "read",
  packed: "store",
});

/** A layer's kernels as its shaders read them, and the step that packs the parameters as they are. */
export interface PackedKernels {
  packed: Sheet;
  pack: Step;
}

/** How many input maps a convolution takes at once, and what follows from it. */
export interface Chunks {
  /** CHUNK: input maps; all of them, or a multiple of four. */
  chunk: number;
  /** CHUNKS that make up all input maps. */
  count: number;
  /** TEXELS of one chunk's weights. */
  texels: number;
}

/**
 * Packs a convolution's kernels for the forward pass, or turned for the gradient of the input.
 *
 * @param parameters (TRIALS, ROW)
 * @returns (TRIALS, FILTERS or CHANNELS, CHUNKS · TEXELS + 1): weights, then the bias (0 backward).
 */
export async function packKernels(
  gpu: Gpu,
  layer: ConvLayout,
  parameters: Tensor,
  direction: "forward" | "backward",
  { chunk, count, texels }: Chunks,
): Promise<PackedKernels> {
  const { kernel, channels, filters, weights, bias } = layer;
  const [trials] = parameters.shape;
  const forward = direction === "forward";
  const shape = [trials, forward ? filters : channels, count * texels + 1];
  const packed = createSheet(gpu, `${weights.name} packed ${direction}`, shape);
  const pack = await bind(gpu, packKernelsShader, {
    buffers: { parameters, packed },
    constants: {
      ...placeConstants(layer, parameters),
      KERNEL: kernel,
      CHANNELS: channels,
      FILTERS: filters,
      FORWARD: forward ? 1 : 0,
      CHUNK: chunk,
      CHUNKS: count,
      ...sheetConstants("PACKED", packed),
    },
    workgroups: [ceilDiv(sizeOf(shape.slice(1)), 64), 1, trials],
    touched: { parameters: trials * (weights.size + bias.size) },
  });
  return { packed, pack };
}
