/**
 * Penalties on the kernels of one trial.
 *
 * @module
 */
import type { Layout } from "../nn/layout.ts";
import type { RegularizerSpec } from "../nn/regularizer.ts";
import { add, type Array64, arrayOf, get, indices, zeros } from "./array.ts";
import { read } from "./network.ts";

/** A penalty, and its gradient in the shape of what was penalised. */
export interface Penalty {
  penalty: number;
  gradient: Array64;
}

/** L2: λ · Σ w², with gradient 2λ · w. */
export function l2(w: Array64, lambda: number): Penalty {
  return {
    penalty: lambda * w.data.reduce((sum, value) => sum + value ** 2, 0),
    gradient: { shape: w.shape, data: w.data.map((value) => 2 * lambda * value) },
  };
}

/**
 * SK-reg (Feinman & Lake 2019, eq. 3): λ · Σ v: w_vᵀ S w_v, with gradient 2λ · S w_v.
 *
 * @param w (D, VECTORS): a kernel (K, K, C, M) read with D = K·K·C and one vector a filter (rank 3),
 *   or D = K·K and one vector a channel and filter (rank 2).
 * @param precision S (D, D), symmetric
 */
export function smoothKernel(w: Array64, precision: Array64, lambda: number): Penalty {
  const [dimensions, vectors] = w.shape;
  const gradient = zeros(w.shape);
  let penalty = 0;
  for (const [v, i, j] of indices([vectors, dimensions, dimensions])) {
    const product = get(precision, i, j) * get(w, j, v); // a term of (S w_v)[i]
    penalty += lambda * get(w, i, v) * product;
    add(gradient, [i, v], 2 * lambda * product);
  }
  return { penalty, gradient };
}

/**
 * The penalty of a trial (SPEC §4).
 *
 * @param row (ROW): its parameters
 * @param gradients (ROW): the penalty's gradient is added to them.
 */
export function regularize(
  { convs, denses }: Layout,
  { lambda, precisions, denseL2 }: RegularizerSpec & { lambda: number },
  row: ArrayLike<number>,
  gradients: Float64Array,
): number {
  let sum = 0;
  [...convs, ...denses].forEach(({ weights }, i) => {
    const w = read(row, weights), precision = precisions?.[i];
    const strength = i < convs.length ? lambda : denseL2[i - convs.length];
    const { penalty, gradient } = precision ? smooth(w, precision, strength) : l2(w, strength);
    sum += penalty;
    gradient.data.forEach((value, k) => gradients[weights.offset + k] += value);
  });
  return sum;
}

/** SK-reg of a kernel (K, K, C, M), read as (D, VECTORS). */
function smooth({ data }: Array64, precision: Float64Array, lambda: number): Penalty {
  const dimensions = Math.sqrt(precision.length);
  const vectors = arrayOf([dimensions, data.length / dimensions], data);
  return smoothKernel(vectors, arrayOf([dimensions, dimensions], precision), lambda);
}
