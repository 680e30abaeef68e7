/**
 * The paper's network as data (Feinman & Lake 2019, section 4; SPEC §3).
 *
 * @module
 */
import type { ConvBlock, NetworkSpec } from "./layout.ts";

/** The paper's three conv → ReLU → max-pool blocks. */
export const PAPER_BLOCKS: readonly ConvBlock[] = [
  { kernel: 5, filters: 5, stride: 2, pool: 3, poolStride: 3 },
  { kernel: 5, filters: 10, stride: 1, pool: 3, poolStride: 2 },
  { kernel: 5, filters: 8, stride: 1, pool: 3, poolStride: 1 },
];

/**
 * The network whose kernels become the prior: dropout 0.2 → 128 ReLU → dropout 0.5 → softmax.
 *
 * @param classes Number of classes; the paper's is 20.
 * @param size [height, width] of the images in pixels; default 200×200.
 */
export function phase1Network(classes: number, size: [number, number] = [200, 200]): NetworkSpec {
  return { input: [...size, 3], blocks: PAPER_BLOCKS, dense: [128, classes], dropout: [0.2, 0.5] };
}

/**
 * The network that learns from few images: dropout 0.5 → softmax (the authors' `use_fc=False`).
 *
 * @param classes Number of classes; the paper's is 10.
 * @param size [height, width] of the images in pixels; default 200×200.
 */
export function phase2Network(classes: number, size: [number, number] = [200, 200]): NetworkSpec {
  return { input: [...size, 3], blocks: PAPER_BLOCKS, dense: [classes], dropout: [0.5] };
}
