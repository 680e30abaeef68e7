/**
 * Which Gaussian of a prior each layer of a network takes: the one of its own layer, else one whose
 * vectors are as long.
 *
 * @module
 */
import { type Rank, rankOf } from "./kernels.ts";

/** A conv layer that wants a Gaussian. */
export interface ConvShape {
  /** conv2d_1, … */
  name: string;
  /** K, the side of its kernels. */
  kernel: number;
  /** C, the channels that they read. */
  channels: number;
}

/** A Gaussian, by the vectors that it describes. */
export interface GaussianShape {
  /** The conv layer that it was fitted to, from 1. */
  layer: number;
  /** What counts as one vector. */
  rank: Rank;
  /** D, the weights of a vector. */
  dimensions: number;
}

/** What a layer takes. */
export interface PriorChoice<G> {
  /** The layer's name. */
  layer: string;
  /** Its Gaussian; undefined where none is needed, since SK-reg would be L2. */
  gaussian: G | undefined;
  /** Why this one, in words. */
  reason: string;
}

/** A layer of the network and a layer of the prior: ["conv2d_3", "conv2"]. */
export type LayerPair = readonly [layer: string, prior: string];

/**
 * Chooses a Gaussian for each layer. One fits whose D is K·K·C (rank 3) or K·K (rank 2). Taken is the one
 * that is named for the layer; else that of the layer with its number; else, of those that fit, one of the
 * layer's usual rank before the other, and of these the one of the nearest layer.
 *
 * A layer of 1×1 kernels for which there is none takes none: a vector of rank 2 is a single weight, whose
 * S is 1 whatever its variance, so that SK-reg is L2. Nor does it borrow one of rank 3, whose D it could
 * have by chance alone.
 *
 * @param convs The network's layers, from the image on.
 * @param prior What errors call it, and its Gaussians, at most one a layer.
 * @param pairs Which layers take which, by hand.
 * @throws {RangeError} Naming the layers that nothing fits, what they want and what there is; or the pair
 *   that is wrong.
 */
export function chooseGaussians<G extends GaussianShape>(
  convs: readonly ConvShape[],
  { source, gaussians }: { source: string; gaussians: readonly G[] },
  pairs: readonly LayerPair[] = [],
): PriorChoice<G>[] {
  checkPairs(convs, pairs);
  const choices = convs.map((conv, i): PriorChoice<G> | undefined => {
    const pair = pairs.find(([layer]) => layer === conv.name);
    if (pair) return { layer: conv.name, gaussian: findNamed(conv, pair[1], gaussians), ...HAND };
    const number = i + 1, fitting = gaussians.filter((gaussian) => fits(conv, gaussian));
    const own = fitting.find(({ layer }) => layer === number);
    if (own) return { layer: conv.name, gaussian: own, reason: "its own layer" };
    const isPoint = conv.kernel === 1;
    const isUnusual = ({ rank }: G) => Number(rank !== rankOf(number));
    const distance = ({ layer }: G) => Math.abs(layer - number);
    const [nearest] = fitting.filter(({ rank }) => rank === 2 || !isPoint)
      .sort((a, b) => isUnusual(a) - isUnusual(b) || distance(a) - distance(b));
    if (nearest) return { layer: conv.name, gaussian: nearest, reason: "none of its own fits" };
    return isPoint ? { layer: conv.name, gaussian: undefined, ...POINT } : undefined;
  });
  const without = convs.filter((_, i) => choices[i] === undefined);
  if (without.length > 0) {
    throw new RangeError(
      `Cannot use ${source}: ${without.map(describeConv).join("; ")}; it has ` +
        `${describeGaussians(gaussians)}; fit kernels of that size with \`deno task fit\`, and ` +
        `give their --cov-dir, or another --network`,
    );
  }
  return choices as PriorChoice<G>[];
}

const HAND = { reason: "named by --prior-for" };
const POINT = { reason: "a vector of 1×1 kernels is one weight, for which SK-reg is L2" };

/** A Gaussian's name, as `fit` prints it. */
export const gaussianName = ({ layer }: Pick<GaussianShape, "layer">): string => `conv${layer}`;

/** D of a layer's vectors. */
function lengthOf({ kernel, channels }: ConvShape, rank: Rank): number {
  return kernel ** 2 * (rank === 3 ? channels : 1);
}

function fits(conv: ConvShape, { rank, dimensions }: GaussianShape): boolean {
  return dimensions === lengthOf(conv, rank);
}

function checkPairs(convs: readonly ConvShape[], pairs: readonly LayerPair[]): void {
  const names = convs.map(({ name }) => name), layers = pairs.map(([layer]) => layer);
  for (const [i, layer] of layers.entries()) {
    if (!names.includes(layer)) {
      throw new RangeError(
        `Cannot take a prior for ${layer}: the network's conv layers are ${names.join(", ")}`,
      );
    }
    if (layers.indexOf(layer) < i) {
      throw new RangeError(`Cannot take two priors for ${layer}: name one`);
    }
  }
}

/** The Gaussian that a user named, by its layer or its file. */
function findNamed<G extends GaussianShape>(conv: ConvShape, name: string, all: readonly G[]): G {
  const stem = name.replace(/\.npy$/, "");
  const found = all.find((it) =>
    [gaussianName(it), `${gaussianName(it)}_cov_rank${it.rank}`].includes(stem)
  );
  if (!found) {
    throw new RangeError(
      `Cannot take ${name} for ${conv.name}: the prior has ${all.map(gaussianName).join(", ")}`,
    );
  }
  if (!fits(conv, found)) {
    throw new RangeError(
      `Cannot take ${name} for ${conv.name}: its vectors are of ${describeGaussians([found])}; ` +
        describeConv(conv),
    );
  }
  return found;
}

/** "conv2d_2 (kernels 3×3×10) wants vectors of 9 weights (rank 2) or 90 (rank 3)" */
function describeConv(conv: ConvShape): string {
  const { name, kernel, channels } = conv;
  return `${name} (kernels ${kernel}×${kernel}×${channels}) wants vectors of ` +
    `${lengthOf(conv, 2)} weights (rank 2) or ${lengthOf(conv, 3)} (rank 3)`;
}

/** "75 (rank 3: conv1), 25 (rank 2: conv2, conv3)" */
function describeGaussians(gaussians: readonly GaussianShape[]): string {
  const alike = Map.groupBy(gaussians, ({ rank, dimensions }) => `${dimensions} ${rank}`);
  return [...alike.values()].map((group) => {
    const [{ rank, dimensions }] = group;
    return `${dimensions} (rank ${rank}: ${group.map(gaussianName).join(", ")})`;
  }).join(", ");
}
