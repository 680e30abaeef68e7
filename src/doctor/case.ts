/**
 * What every check of a shader comes to: a twin's results of all trials, and an error.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { sizeOf } from "../gpu/tensor.ts";
import type { Random } from "../random.ts";
import { type Array64, arrayOf } from "../reference/array.ts";

/** How far a shader was from its float64 twin at one shape. */
export interface CaseResult {
  /** The sizes that were drawn, for people. */
  shape: string;
  /** ‖shader − twin‖ / ‖twin‖, or how many elements differ where the result must be equal. */
  error: number;
  /** The most it may be. */
  bound: number;
}

/** One quantity of a golden case: ‖actual − expected‖ / ‖expected‖ and the most it may be. */
export interface Check extends Pick<CaseResult, "error" | "bound"> {
  /** E.g. "small-l2" or "augment". */
  case: string;
  /** E.g. "gradients". */
  group: string;
  /** What is to be known about it. */
  note?: string;
}

/** The verdict on any check; an error that is no number is wrong. */
export const isRight = ({ error, bound }: Pick<Check, "error" | "bound">): boolean =>
  error <= bound;

/**
 * Runs one shader against its twin.
 *
 * @param random Draws the shape, an awkward one, and the numbers.
 * @param paper Takes sizes of the paper's network instead, where they decide the shader's course;
 *   default false.
 */
export type Case = (gpu: Gpu, random: Random, paper?: boolean) => Promise<CaseResult>;

/** The bound of float32 sums of some hundred terms. */
export const ROUNDING = 1e-5;

/** One trial's part of data (TRIALS or 1, …shape); one part serves all trials. */
export function trialOf(data: ArrayLike<number>, shape: readonly number[], trial: number): Array64 {
  const size = sizeOf(shape);
  const first = data.length === size ? 0 : trial * size;
  return arrayOf(shape, Array.prototype.slice.call(data, first, first + size));
}

/** A twin's results of all trials, one after the other. */
export function ofTrials(trials: number, twin: (trial: number) => Array64): Float64Array {
  const results = Array.from({ length: trials }, (_, trial) => twin(trial).data);
  const all = new Float64Array(trials * results[0].length);
  results.forEach((result, trial) => all.set(result, trial * result.length));
  return all;
}

/**
 * ‖actual − expected‖ / ‖expected‖, infinite where a number is missing.
 *
 * @param expected NaN where the shader must have left the poison alone.
 */
export function relative(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0, norm = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(expected[i]) !== Number.isNaN(actual[i])) return Infinity;
    if (Number.isNaN(expected[i])) continue;
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  const error = Math.sqrt(difference) / (Math.sqrt(norm) || 1);
  return Number.isNaN(error) ? Infinity : error;
}

/**
 * How many elements differ.
 *
 * @param expected NaN where the shader must have left the poison alone.
 */
export function different(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let count = Math.abs(actual.length - expected.length);
  for (let i = 0; i < expected.length; i++) {
    const equal = actual[i] === expected[i] || Number.isNaN(actual[i]) && Number.isNaN(expected[i]);
    if (!equal) count++;
  }
  return count;
}

/** The words of a tensor that a shader wrote as u32. */
export function words(data: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}
