/**
 * Kernels as Theano had them, which Keras 1 and 2 could compute with.
 *
 * @module
 */
import type { NdArray } from "./npy.ts";

/**
 * Whether a kernel of Keras 1 has its filters first, to judge by the length of its bias.
 *
 * @param weights The weights of its layer.
 */
export function hasFiltersFirst(weights: ReadonlyMap<string, NdArray>): boolean {
  const kernel = weights.get("kernel")?.shape, bias = weights.get("bias")?.shape;
  return kernel?.length === 4 && bias?.[0] === kernel[0] && bias[0] !== kernel[3];
}

/** Turns a kernel (K, K, C, M) by 180°: Theano convolved with it, where all others correlate. */
export function turn({ shape, data }: NdArray): NdArray {
  const [rows, columns, channels, filters] = shape;
  const turned = new Float32Array(data.length), pixel = channels * filters;
  for (let i = 0; i < rows * columns; i++) {
    turned.set(data.slice(i * pixel, (i + 1) * pixel), (rows * columns - 1 - i) * pixel);
  }
  return { shape, data: turned };
}
