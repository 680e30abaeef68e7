/**
 * Whether a pooled map and the places of its maxima are right.
 *
 * @module
 */
import { conv, maxPool } from "../reference/conv_pool.ts";
import { different, ofTrials, relative, trialOf, words } from "./case.ts";
import { BATCH, type Draw, pooledSize, shareOf } from "./conv_layer.ts";
import { convSums, shortfall } from "./kinks.ts";
import { packPlaces, toSheet, unpackPlaces } from "./stored.ts";

/** How far a warped pixel, of 0 … 1, may be from the float64 twin's: its place is known to 2⁻²¹ pixels. */
export const WARP_NOISE = 2 ** -19;

/**
 * Compares what conv, ReLU and max-pool came to with the drawn layer's twin.
 *
 * @param results y as on its sheet; argmax in words.
 * @param sums Whether they are exact, or else what noise is in x (see `convSums`).
 * @returns ‖y − twin‖ / ‖twin‖; infinite where a place is not the maximum's, as far as rounding can tell.
 */
export function pooledError(
  draw: Draw,
  { y, argmax }: { y: Float32Array; argmax: Float32Array<ArrayBuffer> },
  sums: "exact" | { noise?: number },
): number {
  const { layer, trials } = draw, size = pooledSize(layer);
  const chosen = unpackPlaces(argmax, layer.filters);
  if (different(words(argmax), packPlaces(chosen, layer.filters)) > 0) return Infinity;
  let right = true;
  const expected = ofTrials(trials, (trial) => {
    const { x, kernel, bias } = shareOf(draw, trial);
    const twin = maxPool(layer, conv(layer, x, kernel, bias));
    const own = trialOf(chosen, [BATCH, ...size], trial);
    if (different(own.data, twin.argmax.data) > 0) {
      right &&= sums !== "exact" &&
        shortfall(layer, convSums(layer, x, kernel, bias, sums.noise), own) <= 1;
    }
    return twin.y;
  });
  return right ? relative(y, toSheet(expected, size, layer.y)) : Infinity;
}
