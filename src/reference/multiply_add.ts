/**
 * Chains of multiply-adds.
 *
 * @module
 */
import { type Array64, indices, set, zeros } from "./array.ts";

/**
 * y[i, k] = x after `rounds` times x = x · factor + term, from x = i + k.
 *
 * @param shape (LANES, CHAINS)
 */
export function multiplyAdd(
  shape: readonly [number, number],
  rounds: number,
  factor: number,
  term: number,
): Array64 {
  const y = zeros(shape);
  for (const [i, k] of indices(shape)) {
    let x = i + k;
    for (let round = 0; round < rounds; round++) x = x * factor + term;
    set(y, [i, k], x);
  }
  return y;
}
