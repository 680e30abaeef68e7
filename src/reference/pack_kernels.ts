/**
 * The order in which one trial's kernels lie on their sheets: permutations with padding.
 *
 * @module
 */
import { type Array64, get, indices, set, zeros } from "./array.ts";

/**
 * Lays out a convolution's kernel, one row for each output map:
 *
 * forward:  row m = kernel[ky, kx, c, m] in (c, ky, kx) order, bias[m] at the end
 * backward: row c = kernel[K−1−ky, K−1−kx, c, m] in (m, ky, kx) order, 0 at the end
 *
 * The maps that are summed over come in chunks; each chunk is filled up with zeros to a multiple of 4.
 *
 * @param kernel (K, K, CHANNELS, FILTERS)
 * @param bias (FILTERS)
 * @param chunk Maps of a chunk.
 * @returns (FILTERS or CHANNELS, CHUNKS · 4 · TEXELS + 4)
 */
export function packKernels(
  kernel: Array64,
  bias: Array64,
  chunk: number,
  direction: "forward" | "backward",
): Array64 {
  const [size, , channels, filters] = kernel.shape;
  const forward = direction === "forward";
  const [inners, outers] = forward ? [channels, filters] : [filters, channels];
  const line = 4 * Math.ceil(chunk * size * size / 4);
  const chunks = Math.ceil(inners / chunk);
  const rows = zeros([outers, chunks * line + 4]);
  for (const [ky, kx, c, m] of indices(kernel.shape)) {
    const [inner, outer] = forward ? [c, m] : [m, c];
    const [row, column] = forward ? [ky, kx] : [size - 1 - ky, size - 1 - kx];
    const place = (inner % chunk * size + row) * size + column;
    set(rows, [outer, Math.floor(inner / chunk) * line + place], get(kernel, ky, kx, c, m));
  }
  for (let m = 0; forward && m < filters; m++) set(rows, [m, chunks * line], get(bias, m));
  return rows;
}
