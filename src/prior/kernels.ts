/**
 * From convolution kernels to the samples that a Gaussian is fitted to (SPEC §6).
 *
 * @module
 */
import { type Matrix, type Numbers, zeros } from "./matrix.ts";

/**
 * What counts as one sample of a layer: 3 = a filter over all its channels (K·K·C values),
 * 2 = one channel of a filter (K·K values).
 */
export type Rank = 2 | 3;

/** The rank of a conv layer, counted from 1: the first one's channels are the image's (SPEC §4). */
export function rankOf(layer: number): Rank {
  return layer === 1 ? 3 : 2;
}

/**
 * Concatenates the kernels of several trials, filters first.
 *
 * @param trials One array (K, K, C, M) per trial, as Keras stores a kernel; all of one shape.
 * @returns (TRIALS·M, K, K, C), float64.
 */
export function stackKernels(
  trials: readonly Numbers[],
): { shape: number[]; data: Float64Array<ArrayBuffer> } {
  const [rows, columns, channels, filters] = trials[0].shape;
  const size = rows * columns * channels;
  const data = new Float64Array(trials.length * filters * size);
  trials.forEach((kernel, trial) => {
    for (let m = 0; m < filters; m++) {
      const start = (trial * filters + m) * size;
      for (let i = 0; i < size; i++) data[start + i] = kernel.data[i * filters + m];
    }
  });
  return { shape: [trials.length * filters, rows, columns, channels], data };
}

/**
 * Lays kernels out as samples, one a row.
 *
 * @param kernels (N, K, K, C).
 * @param rank 3: (N, K, K, C) → (N, K·K·C). 2: (N, K, K, C) → (C, N, K, K) → (C·N, K·K).
 * @throws {TypeError} If the kernels do not have 4 axes.
 */
export function kernelSamples(kernels: Numbers, rank: Rank): Matrix {
  if (kernels.shape.length !== 4) {
    throw new TypeError(`Cannot use kernels of shape (${kernels.shape}): not (N, K, K, C)`);
  }
  const [count, rows, columns, channels] = kernels.shape;
  const area = rows * columns;
  if (rank === 3) {
    return { shape: [count, area * channels], data: Float64Array.from(kernels.data) };
  }
  const samples = zeros(channels * count, area);
  for (let c = 0; c < channels; c++) {
    for (let n = 0; n < count; n++) {
      for (let i = 0; i < area; i++) {
        samples.data[(c * count + n) * area + i] = kernels.data[(n * area + i) * channels + c];
      }
    }
  }
  return samples;
}

/**
 * Subtracts the mean over the samples from each of them.
 *
 * @param samples (N, D).
 * @returns (N, D), a new matrix whose columns have mean 0.
 */
export function centre(samples: Matrix): Matrix {
  const [count, dimensions] = samples.shape;
  const mean = new Float64Array(dimensions);
  samples.data.forEach((value, i) => mean[i % dimensions] += value / count);
  return {
    shape: [count, dimensions],
    data: samples.data.map((value, i) => value - mean[i % dimensions]),
  };
}
