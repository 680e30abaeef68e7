/**
 * What is to count as one sample of a layer, a filter or a channel of a filter (SPEC §6).
 *
 * @module
 */
import type { ConvShape } from "./choose_gaussians.ts";
import type { Rank } from "./kernels.ts";
import { MIN_SAMPLES } from "./tikhonov.ts";

/** What is known of a layer's kernels. */
export interface LayerShape extends Omit<ConvShape, "name"> {
  /** Whether they are the image's. */
  readsImage: boolean;
  /** Of all networks together; left out where more can be trained, if these are too few. */
  filters?: number;
}

/** Weights of a sample, above which its covariance is not worth the time, which grows with the cube. */
const MOST_DIMENSIONS = 512;

/**
 * Chooses the rank by what the samples can carry. Channels that are an image's mean the same in every
 * filter of every network, so that a whole filter is a sample; other layers' channels come in an order
 * that each network made up, so that only what lies inside one channel can be compared.
 *
 * @returns The rank, and why in words.
 */
export function chooseRank(
  { kernel, channels, readsImage, filters = Infinity }: LayerShape,
): { rank: Rank; reason: string } {
  if (!readsImage) {
    return { rank: 2, reason: "the channels are maps, which every network orders in its own way" };
  }
  const dimensions = kernel ** 2 * channels;
  if (dimensions > MOST_DIMENSIONS) {
    return { rank: 2, reason: `a whole filter has ${dimensions} weights, too many for a Σ` };
  }
  if (filters < MIN_SAMPLES && filters * channels >= MIN_SAMPLES) {
    return {
      rank: 2,
      reason: `${filters} whole filters are fewer samples than the ${MIN_SAMPLES} needed`,
    };
  }
  return { rank: 3, reason: "the channels are the image's, which mean the same in every filter" };
}

/** The rank that was asked for, if any. */
export function askedRank(rank: Rank | undefined): { rank: Rank; reason: string } | undefined {
  return rank && { rank, reason: "--rank asks for it" };
}
