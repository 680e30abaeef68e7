/**
 * Partial gradients of a convolution's kernel and bias, and their sum in a fixed order.
 *
 * @module
 */
import sumPartialsSource from "../../shaders/sum_partials.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, dispatchSize, type Step } from "../gpu/shader.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import type { ConvLayout } from "./layout.ts";

/** The shader that sums up partial gradients. */
export const sumPartials = defineShader("sum_partials", sumPartialsSource, {
  partials: "read",
  gradients: "write",
});

/** Mesa's CPU adapter ends all loops of an invocation after 65 535 rounds in total. */
const MOST_ROUNDS = 60_000;

/**
 * Rows of a chunk, of which each costs a set of partial sums: as few chunks, up to eight, as give enough
 * lanes to keep an adapter busy.
 *
 * @param height Rows in all.
 * @param units Lanes of one chunk of all images of a trial.
 * @param lanes Wanted lanes of a trial.
 * @param rounds Loop rounds that a lane takes for a row.
 */
export function chunkRows(height: number, units: number, lanes: number, rounds: number): number {
  const rows = ceilDiv(height, Math.min(8, ceilDiv(lanes, units)));
  return Math.max(1, Math.min(rows, Math.floor(MOST_ROUNDS / rounds)));
}

/**
 * Makes room for partial gradients (the bias follows the kernel), and binds their sum.
 *
 * @param count Partial gradients a trial.
 * @param gradients (TRIALS, ROW); the layer's part is overwritten.
 * @returns partials (TRIALS, COUNT, kernel and bias).
 */
export async function createPartials(
  gpu: Gpu,
  { weights, bias }: ConvLayout,
  count: number,
  gradients: Tensor,
): Promise<{ partials: Tensor; sum: Step }> {
  const [trials, row] = gradients.shape;
  const size = weights.size + bias.size;
  const partials = createTensor(gpu, `${weights.name} partials`, [trials, count, size]);
  const [lanes, slices] = gpu.tunedFor === "gpu" ? [256, 16] : [64, 1];
  const sum = await bind(gpu, sumPartials, {
    buffers: { partials, gradients },
    constants: {
      LANES: lanes,
      SLICES: slices,
      PARTIALS: count,
      SIZE: size,
      WEIGHTS: weights.size,
      ROW: row,
      OFFSET: weights.offset,
      BIAS: bias.offset,
    },
    workgroups: dispatchSize(size, trials, lanes / slices),
    multiplyAdds: trials * count * size,
    touched: { gradients: trials * size },
  });
  return { partials, sum };
}
