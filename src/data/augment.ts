/**
 * The random transform of one image (SPEC §2): the draws only. The warp itself runs on the GPU.
 *
 * @module
 */
import type { Random } from "../random.ts";

/** How far images are transformed at most, and whether in other colours (SPEC §2). */
export interface Augmentation {
  /** Degrees of rotation, either way. */
  rotate: number;
  /** Whole pixels of shift, either way, of rows and of columns. */
  shift: number;
  /** Whether half of the images are mirrored. */
  flip: boolean;
  /** Whether each image, each time, is shown in two random colours. */
  fb: boolean;
}

/** Rotation, then shift, then flip, about the image's centre. */
export interface Transform {
  /** Rotation in degrees, −rotate … rotate. */
  theta: number;
  /** Shift in rows, an integer in −shift … shift. */
  tx: number;
  /** Shift in columns, an integer in −shift … shift. */
  ty: number;
  /** Whether left and right are exchanged after the warp. */
  flip: boolean;
}

/** What an image is shown in where its own colours do not count. */
export interface TwoColours {
  /** (3) red, green, blue, 0 … 255: the colour of the pixels farthest from white. */
  foreground: number[];
  /** (3): the colour of what is white. */
  background: number[];
}

/** What the authors did, where their shift of up to 19 of 200 pixels follows the image's side. */
export function defaultAugmentation(side: number): Augmentation {
  return { rotate: 30, shift: Math.round(19 * side / 200), flip: true, fb: false };
}

/**
 * Draws a transform (SPEC §2): θ ~ U(−rotate, rotate), each shift uniform on 0 … shift times a random
 * sign, flip with probability ½.
 *
 * @param random The stream, advanced by a fixed order of draws: θ, rows, columns, flip.
 * @param augmentation Default the authors'.
 */
export function drawTransform(
  random: Random,
  { rotate, shift, flip }: Augmentation = defaultAugmentation(200),
): Transform {
  return {
    theta: rotate * (2 * random.uniform() - 1),
    tx: drawShift(random, shift),
    ty: drawShift(random, shift),
    flip: random.uniform() < 0.5 && flip,
  };
}

/**
 * Draws the two colours in which an image is shown (SPEC §2): each channel U(0, 1), to the nearest byte.
 *
 * @param random The stream, advanced by six draws: red, green, blue of the foreground, then of the background.
 */
export function drawTwoColours(random: Random): TwoColours {
  const drawColour = () => [0, 0, 0].map(() => Math.round(255 * random.uniform()));
  return { foreground: drawColour(), background: drawColour() };
}

/**
 * How far an image's farthest pixel is from white: the most by which a channel falls short of 255.
 *
 * @param pixels RGBA bytes.
 * @returns 0 … 255; 0 for an image that is white all over.
 */
export function farthestFromWhite(pixels: Uint8Array): number {
  let least = 255;
  for (let i = 0; i < pixels.length && least > 0; i += 4) {
    least = Math.min(least, pixels[i], pixels[i + 1], pixels[i + 2]);
  }
  return 255 - least;
}

function drawShift(random: Random, most: number): number {
  const distance = random.integer(most + 1);
  return random.uniform() < 0.5 ? 0 - distance : distance; // -distance would give −0
}
