/**
 * The paper's network as data (Feinman & Lake 2019, section 4; SPEC §3), and what comes with it.
 *
 * @module
 */
import { buildNetwork, type NetworkDesign } from "./design.ts";
import type { ConvBlock, NetworkSpec } from "./layout.ts";

/** The paper's three conv → ReLU → max-pool blocks. */
export const PAPER_BLOCKS: readonly ConvBlock[] = [
  { kernel: 5, filters: 5, stride: 2, pool: 3, poolStride: 3 },
  { kernel: 5, filters: 10, stride: 1, pool: 3, poolStride: 2 },
  { kernel: 5, filters: 8, stride: 1, pool: 3, poolStride: 1 },
];

/**
 * The paper's network: the blocks; then, in the network whose kernels become the prior, dropout 0.2 →
 * 128 ReLU → dropout 0.5 → softmax, and in the one that learns from few images dropout 0.5 → softmax
 * (the authors' `use_fc=False`).
 */
export const PAPER: NetworkDesign = {
  input: 200,
  blocks: PAPER_BLOCKS,
  dense: [128],
  dropout: [0.2, 0.5],
  phase2: { dense: [], dropout: [0.5] },
};

/**
 * The paper's idea for images of 64×64, whose maps its own strides would shrink to 2×2: kernels of the
 * same shapes, so that priors fit, and all but as many values before the dense layers (13×13×8).
 */
export const PAPER64: NetworkDesign = {
  ...PAPER,
  input: 64,
  blocks: [{ ...PAPER_BLOCKS[0], pool: 2, poolStride: 1 }, ...PAPER_BLOCKS.slice(1)],
};

/** The networks that have names. */
export const DESIGNS: Readonly<Record<string, NetworkDesign>> = { paper: PAPER, paper64: PAPER64 };

/**
 * The paper's network whose kernels become the prior.
 *
 * @param classes Number of classes; the paper's is 20.
 * @param size [height, width] of the images in pixels; default 200×200.
 */
export function phase1Network(classes: number, size: [number, number] = [200, 200]): NetworkSpec {
  return { ...buildNetwork(PAPER, "phase1", classes), input: [...size, 3] };
}

/**
 * The paper's network that learns from few images.
 *
 * @param classes Number of classes; the paper's is 10.
 * @param size [height, width] of the images in pixels; default 200×200.
 */
export function phase2Network(classes: number, size: [number, number] = [200, 200]): NetworkSpec {
  return { ...buildNetwork(PAPER, "phase2", classes), input: [...size, 3] };
}
