/**
 * Random inputs of the checks, and poisoned outputs.
 *
 * @module
 */
import { sizeOf } from "../gpu/tensor.ts";
import type { Random } from "../random.ts";

/** An integer in low … high. */
export function between(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

/** Whether a fair coin shows heads. */
export function coin(random: Random): boolean {
  return random.uniform() < 0.5;
}

/** Standard normal float32 numbers, none of them 0. */
export function normals(
  random: Random,
  shape: readonly number[],
  scale = 1,
): Float32Array<ArrayBuffer> {
  return new Float32Array(sizeOf(shape)).map(() => scale * random.normal() || scale);
}

/** What outputs hold before a shader runs, so that elements that it leaves out show. */
export function poison(shape: readonly number[]): Float32Array<ArrayBuffer> {
  return new Float32Array(sizeOf(shape)).fill(NaN);
}
