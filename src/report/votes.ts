/**
 * What all networks of one penalty together say about an image: every trial and every augmented copy
 * has a vote.
 *
 * @module
 */
import type { Prediction } from "../runs/result_schemas.ts";

/** The votes on one image. */
export interface Votes {
  /** The image's path. */
  image: string;
  /** Its true class. */
  label: string;
  /** The class with the most votes; several where they tie. */
  winners: string[];
  /** The winners' part of the votes (of one of them, where they tie), in (0, 1]. */
  share: number;
  /** The true class's part of the votes, in [0, 1]. */
  trueShare: number;
  /** Whether the true class alone has the most votes. */
  right: boolean;
}

/** An image that one of two penalties gets right and the other does not. */
export interface DisputedImage {
  /** What the first said. */
  first: Votes;
  /** What the second said. */
  second: Votes;
}

/** Counts the votes on every image, in the order in which the images first occur. */
export function countVotes(predictions: readonly Prediction[]): Map<string, Votes> {
  const images = Map.groupBy(predictions, ({ image }) => image);
  return new Map([...images].map(([image, rows]) => {
    const [{ label }] = rows;
    const counts = new Map<string, number>();
    for (const { predicted } of rows) counts.set(predicted, (counts.get(predicted) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const winners = [...counts].filter(([, count]) => count === most).map(([name]) => name);
    const [share, trueShare] = [most, counts.get(label) ?? 0].map((count) => count / rows.length);
    const right = winners.length === 1 && winners[0] === label;
    return [image, { image, label, winners, share, trueShare, right }];
  }));
}

/**
 * Finds the images that only one of two penalties gets right, among those that both were shown. First
 * come those where the votes for the true class differ most.
 */
export function findDisputed(
  first: readonly Prediction[],
  second: readonly Prediction[],
): { onlyFirst: DisputedImage[]; onlySecond: DisputedImage[] } {
  const seconds = countVotes(second);
  const disputed = [...countVotes(first).values()]
    .flatMap((first) => {
      const second = seconds.get(first.image);
      return second && first.right !== second.right ? [{ first, second }] : [];
    })
    .sort((a, b) => distance(b) - distance(a));
  return {
    onlyFirst: disputed.filter(({ first }) => first.right),
    onlySecond: disputed.filter(({ second }) => second.right),
  };
}

/** The part of single predictions that is right, for each class. */
export function classAccuracies(predictions: readonly Prediction[]): Map<string, number> {
  const classes = Map.groupBy(predictions, ({ label }) => label);
  return new Map([...classes].map(([label, rows]) => [
    label,
    rows.filter(({ predicted }) => predicted === label).length / rows.length,
  ]));
}

function distance({ first, second }: DisputedImage): number {
  return Math.abs(first.trueShare - second.trueShare);
}
