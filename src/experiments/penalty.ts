/**
 * The strengths of the paper's penalties.
 *
 * @module
 */
import type { Mode } from "../runs/file_names.ts";

/** λ of the conv kernels from α (SPEC §4): what the authors' programs take, and search on a grid, is α. */
export function lambdaOf(alpha: number): number {
  return 0.05 * alpha;
}

/** λ of L2 on the two dense layers of phase 1 (SPEC §4). */
export const PHASE1_DENSE_L2: readonly number[] = [0.01, 0];

/** λ of L2 on the one dense layer of phase 2 where none is given, as the authors had it (SPEC §4). */
export function denseL2Of(mode: Mode): number {
  return mode === "sk" ? 0.01 : 0;
}
