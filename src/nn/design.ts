/**
 * A network as a person writes it down: without its classes, which come from the images, and with what
 * stands behind the blocks in each phase (SPEC §3).
 *
 * @module
 */
import type { ConvBlock, NetworkSpec } from "./layout.ts";

/** The dense layers of a network but the last, whose width is the number of classes. */
export interface Head {
  /** Widths of the hidden dense layers, each of which ends in ReLU; may be empty. */
  dense: readonly number[];
  /** Dropout rates in [0, 1): one before each hidden layer, and one before the classes. */
  dropout: readonly number[];
}

/** A network for any classes: its own head is phase 1's. */
export interface NetworkDesign extends Head {
  /** Side of the square images in pixels, where no other size is asked for. */
  input: number;
  /** The conv blocks, at least one; both phases have the same. */
  blocks: readonly ConvBlock[];
  /** What phase 2 has in place of phase 1's head. */
  phase2: Head;
}

/** A phase of the experiment. */
export type Phase = "phase1" | "phase2";

/** What stands behind the blocks in a phase. */
export function headOf(design: NetworkDesign, phase: Phase): Head {
  const { dense, dropout } = phase === "phase1" ? design : design.phase2;
  return { dense, dropout };
}

/**
 * A phase's network for so many classes.
 *
 * @param side Of the square colour images in pixels.
 */
export function buildNetwork(
  design: NetworkDesign,
  phase: Phase,
  classes: number,
  side: number = design.input,
): NetworkSpec {
  const { dense, dropout } = headOf(design, phase);
  return { input: [side, side, 3], blocks: design.blocks, dense: [...dense, classes], dropout };
}

/** The side in pixels of the smallest images that leave something to each pool. */
export function leastSide(blocks: readonly ConvBlock[]): number {
  return blocks.reduceRight((needed, { stride, pool, poolStride }) => {
    const map = pool + (needed - 1) * poolStride;
    return (map - 1) * stride + 1;
  }, 1);
}
