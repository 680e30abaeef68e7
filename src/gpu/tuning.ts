/**
 * What the shaders are cut to: the only place that tells a GPU from an adapter that computes on the CPU.
 *
 * A GPU runs tens of thousands of lanes with few registers each, and hides the time of loads behind other
 * lanes; workgroup memory is fast. An adapter on the CPU runs a few vectors of eight lanes: what does not
 * fit its sixteen registers lies in the first cache, loads and barriers are dear, code that exceeds the
 * instruction cache is slow. So a lane's tile is small and there are many lanes here, and the other way
 * round there; both compute the same numbers in the same order.
 *
 * @module
 */

/** For which kind of adapter the shaders are cut. */
export type Tuning = "gpu" | "cpu";

/** Numbers that a lane may hold at once where it has registers: more, and few lanes fit a GPU. */
export const MOST_FLOATS = 96;

/** Products of a lane's unrolled code where it runs on a CPU: more, and it outgrows the caches. */
export const MOST_PRODUCTS = 1500;

/** Lanes of a dispatch that keep an adapter busy: beyond them, a lane had better do more. */
export const LANES: Readonly<Record<Tuning, number>> = { gpu: 65_536, cpu: 512 };

/**
 * The largest tile of maps that keeps to a limit: all of them, or a multiple of four (a texel's channels).
 *
 * @param maps How many there are.
 * @param most How many a lane can take.
 */
export function mapTile(maps: number, most: number): number {
  return maps <= most ? maps : Math.max(4, Math.floor(most) - Math.floor(most) % 4);
}
