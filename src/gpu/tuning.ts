/**
 * What the shaders are cut to: the numbers by which a GPU differs from an adapter that computes on the CPU.
 *
 * A GPU runs tens of thousands of lanes with few registers each, and hides the time of loads behind other
 * lanes; workgroup memory is fast. An adapter on the CPU runs a few vectors of eight lanes: what does not
 * fit its sixteen registers lies in the first cache, loads and barriers are dear, and code that exceeds the
 * instruction cache is slow. So a lane's tile is small and lanes are many here, and the other way round
 * there. Where that asks for another shader, it is called `…_gpu`. Both compute the same sums. Each layer's
 * file in src/nn cuts its own tiles within these bounds.
 *
 * @module
 */

/** The kind of adapter for which the shaders are cut. */
export type Tuning = "gpu" | "cpu";

/** Numbers that a lane may hold at once where it has registers: with more, few lanes fit a GPU. */
export const MOST_FLOATS = 96;

/** Products of a lane's unrolled code where it runs on a CPU: with more, it outgrows the caches. */
export const MOST_PRODUCTS = 1500;

/** Lanes of a dispatch that keep an adapter busy: beyond them, a lane had better do more. */
export const LANES: Readonly<Record<Tuning, number>> = { gpu: 16_384, cpu: 512 };

/** Lanes of a trial that sum up a kernel's gradient: few, for each chunk of rows costs a set of partial sums. */
export const GRADIENT_LANES: Readonly<Record<Tuning, number>> = { gpu: 8192, cpu: 80 };

/** Lanes of a workgroup on a CPU whose lanes do much: one vector, so that the cores get even shares. */
export const VECTOR = 8;

/** Bytes of workgroup memory for each lane, so that eight waves of 32 lanes fit each of four schedulers. */
const BYTES_A_LANE = 128;
/** Bytes of a workgroup's memory on every adapter. */
const MOST_BYTES = 16_384;

/** Bytes of workgroup memory that a workgroup of so many lanes may take on a GPU. */
export const workgroupBytes = (lanes: number): number => Math.min(BYTES_A_LANE * lanes, MOST_BYTES);

/** The lanes of a workgroup that needs at least so many: whole waves, 256 at most. */
export const wholeWaves = (lanes: number): number => Math.min(256, 32 * Math.ceil(lanes / 32));

/**
 * The largest tile of maps that keeps to a limit: all of them, or a multiple of four (a texel's channels).
 *
 * @param maps How many there are.
 * @param most How many a lane can take.
 */
export function mapTile(maps: number, most: number): number {
  return maps <= most ? maps : Math.max(4, Math.floor(most) - Math.floor(most) % 4);
}
