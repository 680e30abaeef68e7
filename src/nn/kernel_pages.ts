/**
 * Convolution kernels in the constant cache: `pack_kernels` writes them as 64 KiB uniform pages.
 *
 * A weight that all lanes read at once costs a third from a uniform binding than from storage, but a
 * uniform binding holds 64 KiB. So the kernels of all trials are cut into units (one trial, one tile
 * of filters or channels) and the units dealt onto pages; one dispatch serves one page.
 *
 * @module
 */
import packKernelsSource from "../../shaders/pack_kernels.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, evenTile, type Shader, type Step } from "../gpu/shader.ts";
import { createTensor, slice, type Tensor } from "../gpu/tensor.ts";
import type { ConvLayout } from "./layout.ts";

const packKernels = {
  name: "pack_kernels",
  source: packKernelsSource,
  bindings: { parameters: "read", pages: "read_write" },
} as const satisfies Shader<string>;

/** Floats on a page: WebGPU's guaranteed 64 KiB uniform binding. */
const PAGE = 16384;

/** The packed kernels of one layer, and the step that packs them. */
export interface KernelPages {
  /** Filters (forward) or channels (backward) of a unit. */
  tile: number;
  /** One entry a page. */
  pages: { kernel: Tensor; page: Tensor; units: number }[];
  /** Packs the parameters as they are when it runs. */
  pack: Step;
}

/**
 * Prepares one layer's kernels for `conv` (forward) or `conv_backward_input` (backward).
 *
 * @param parameters (TRIALS, ROW)
 * @throws {RangeError} When one filter's weights exceed a page.
 */
export async function createKernelPages(
  gpu: Gpu,
  conv: ConvLayout,
  parameters: Tensor,
  direction: "forward" | "backward",
): Promise<KernelPages> {
  const { kernel, channels, filters } = conv;
  const forward = direction === "forward";
  const [middle, inner] = forward ? [channels, filters] : [filters, channels];
  const unitSize = (tile: number) => kernel * middle * 4 * ceilDiv(kernel * tile, 4);
  let tile = evenTile(inner, 8);
  while (tile > 1 && unitSize(tile) > PAGE) tile--;
  if (unitSize(tile) > PAGE) {
    throw new RangeError(
      `Cannot place a ${kernel}×${kernel} kernel over ${middle} maps: ${unitSize(1)} weights ` +
        `exceed a 64 KiB uniform page (${PAGE}); use a smaller kernel or fewer filters`,
    );
  }

  const [trials, row] = parameters.shape;
  const units = trials * ceilDiv(inner, tile);
  const unitsPerPage = Math.floor(PAGE / unitSize(tile));
  const count = ceilDiv(units, unitsPerPage);
  const name = `${conv.weights.name} ${direction} pages`;
  const kernels = createTensor(gpu, name, [count, PAGE], undefined, { uniform: true });
  const firsts = new Uint32Array(count * 64);
  for (let p = 0; p < count; p++) firsts[p * 64] = p * unitsPerPage;
  const numbers = createTensor(gpu, `${name}, first unit`, [count, 64], firsts, { uniform: true });
  return {
    tile,
    pages: Array.from({ length: count }, (_, p) => ({
      kernel: slice(kernels, p, 1),
      page: slice(numbers, p, 1),
      units: Math.min(unitsPerPage, units - p * unitsPerPage),
    })),
    pack: await bind(gpu, packKernels, {
      buffers: { parameters, pages: kernels },
      constants: {
        ...{ ROW: row, OFFSET: conv.weights.offset, FORWARD: forward ? 1 : 0, TILE: tile },
        ...{ KERNEL: kernel, CHANNELS: channels, FILTERS: filters, UNITS_PER_PAGE: unitsPerPage },
      },
      workgroups: [ceilDiv(unitSize(tile), 64), 1, units],
    }),
  };
}
