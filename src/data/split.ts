/**
 * Training and validation parts of phase 1's set; phase 2 has a folder for each part (phase_folders).
 *
 * @module
 */
import { createRandom } from "../random.ts";
import type { ImageSet } from "./folder.ts";

/** Indices of the two parts, each in ascending order. */
export interface Split {
  /** The training part. */
  train: number[];
  /** The validation part. */
  valid: number[];
}

/**
 * Splits a set by class (SPEC §5): each class gives `fraction` of its images, rounded, to validation.
 *
 * A class of two images or more keeps at least one on each side; a single image goes to training.
 *
 * @param labels (N) labels.
 * @param fraction The validation part, between 0 and 1.
 * @param seed Equal seeds give equal splits, whatever the network's seed.
 * @throws RangeError if the fraction is not between 0 and 1.
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  fraction: number,
  seed: number,
): Split {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`Cannot split: the fraction ${fraction} is not between 0 and 1`);
  }
  const random = createRandom(seed);
  const members = Map.groupBy(Array(labels.length).keys(), (i) => labels[i]);
  const train: number[] = [], valid: number[] = [];
  for (const label of [...members.keys()].sort((a, b) => a - b)) {
    const group = random.shuffle(members.get(label)!);
    const rounded = Math.round(group.length * fraction);
    const count = Math.min(Math.max(rounded, 1), group.length - 1);
    valid.push(...group.slice(0, count));
    train.push(...group.slice(count));
  }
  const ascending = (a: number, b: number) => a - b;
  return { train: train.sort(ascending), valid: valid.sort(ascending) };
}

/**
 * Copies some images of a set, in the order of `indices`; the classes stay.
 *
 * @param indices Places in the set, 0 … N − 1.
 * @throws RangeError for an index outside the set.
 */
export function subset(images: ImageSet, indices: ArrayLike<number>): ImageSet {
  const { classes, height, width } = images;
  const count = indices.length, stride = height * width * 4;
  const names = new Array<string>(count);
  const labels = new Int32Array(count);
  const pixels = new Uint8Array(count * stride);
  for (let i = 0; i < count; i++) {
    const from = indices[i];
    if (!(from in images.names)) {
      throw new RangeError(`Cannot take image ${from}: the set has ${images.names.length}`);
    }
    names[i] = images.names[from];
    labels[i] = images.labels[from];
    pixels.set(images.pixels.subarray(from * stride, (from + 1) * stride), i * stride);
  }
  return { classes, names, labels, height, width, pixels };
}
