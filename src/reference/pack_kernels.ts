/**
 * The order in which one trial's kernel lies on the uniform pages: a permutation with padding.
 *
 * @module
 */
import { type Array64, get, indices, set, zeros } from "./array.ts";

/**
 * Cuts a kernel into units of `tile` filters (forward) or channels (backward):
 *
 * unit[ky, middle, kx, inner] = kernel[ky, kx, c, m]; forward: middle = c, backward: middle = m.
 *
 * The (kx, inner) blocks are padded with zeros to a multiple of 4, the last tile to its full size.
 *
 * @param kernel (K, K, CHANNELS, FILTERS)
 * @returns (TILES, K, MIDDLE, BLOCK)
 */
export function packKernels(
  kernel: Array64,
  tile: number,
  direction: "forward" | "backward",
): Array64 {
  const [size, , channels, filters] = kernel.shape;
  const [middles, inners] = direction === "forward" ? [channels, filters] : [filters, channels];
  const block = 4 * Math.ceil(size * tile / 4);
  const units = zeros([Math.ceil(inners / tile), size, middles, block]);
  for (const [ky, kx, c, m] of indices(kernel.shape)) {
    const [middle, inner] = direction === "forward" ? [c, m] : [m, c];
    const place = kx * tile + inner % tile;
    set(units, [Math.floor(inner / tile), ky, middle, place], get(kernel, ky, kx, c, m));
  }
  return units;
}
