/**
 * First values of a network's parameters.
 *
 * @module
 */
import type { Random } from "../random.ts";
import type { Layout } from "./layout.ts";

/** A layer's kernels as vectors: (VECTORS, D) row by row. */
export interface KernelVectors {
  /** D: K·K·C for rank 3, K·K for rank 2. */
  dimensions: number;
  /** (VECTORS, D) */
  values: Float64Array;
}

/**
 * Draws one trial's row: kernels Glorot-uniform, U(±√(6/(fan_in + fan_out))), biases 0 (SPEC §3).
 *
 * @param random Advanced by one draw for each kernel weight.
 * @param convKernels For SK-reg: each conv layer's kernels as draws from its fitted Gaussian, in
 *   place of Glorot's, which a layer without draws keeps.
 * @returns (ROW)
 */
export function initialParameters(
  layout: Layout,
  random: Random,
  convKernels?: readonly (KernelVectors | undefined)[],
): Float32Array<ArrayBuffer> {
  const row = new Float32Array(layout.row);
  for (const { weights } of [...layout.convs, ...layout.denses]) {
    const [inputs, outputs] = weights.shape.slice(-2);
    const taps = weights.shape.slice(0, -2).reduce((product, size) => product * size, 1);
    const limit = Math.sqrt(6 / (taps * (inputs + outputs)));
    for (let i = 0; i < weights.size; i++) {
      row[weights.offset + i] = limit * (2 * random.uniform() - 1);
    }
  }
  convKernels?.forEach((kernels, i) => {
    if (!kernels) return;
    const { dimensions, values } = kernels, { weights } = layout.convs[i];
    const vectors = weights.size / dimensions;
    for (let v = 0; v < vectors; v++) {
      for (let d = 0; d < dimensions; d++) {
        row[weights.offset + d * vectors + v] = values[v * dimensions + d]; // → (D, VECTORS)
      }
    }
  });
  return row;
}
