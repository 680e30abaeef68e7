/**
 * The strengths of the paper's penalties.
 *
 * @module
 */
import type { Layout } from "../nn/layout.ts";
import type { Mode } from "../runs/file_names.ts";

/** The strengths α that the paper chose. */
export const PAPER_ALPHA: Readonly<Record<Mode, number>> = { l2: 4.29, sk: 2.57 };

/** The strengths α that a grid tries where none are given. */
export const ALPHAS: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16];

/** λ of the conv kernels from α (SPEC §4): what the authors' programs take, and search on a grid, is α. */
export function lambdaOf(alpha: number): number {
  return 0.05 * alpha;
}

/** λ of L2 on dense layers in the authors' programs. */
const DENSE_L2 = 0.01;

/** λ of L2 on each dense layer: of the hidden ones as in phase 1, and of the last (SPEC §4). */
export function denseL2Of({ denses }: Layout, last: number): number[] {
  return denses.map(({ relu }) => relu ? DENSE_L2 : last);
}

/** λ of L2 on the last dense layer of phase 2 where none is given, as the authors had it (SPEC §4). */
export function lastL2Of(mode: Mode): number {
  return mode === "sk" ? DENSE_L2 : 0;
}
