/**
 * Colours for numbers: grey for kernels, blue–white–red for matrices, both alike on both sides of 0.
 *
 * @module
 */
import type { Colour } from "./raster.ts";

/** From −1 … 1 to a colour; what lies outside is drawn as the end. */
export type ColourMap = (value: number) => Colour;

/** Black … white, the paper's colours for kernels. */
export function grey(value: number): Colour {
  const level = Math.round(127.5 + 127.5 * Math.min(1, Math.max(-1, value)));
  return [level, level, level];
}

/**
 * ColorBrewer's RdBu (11 steps) read from blue to red: negative is blue, 0 is white, positive is
 * red; the two arms stay apart for every common colour blindness.
 */
const DIVERGING: readonly Colour[] = [
  [5, 48, 97],
  [33, 102, 172],
  [67, 147, 195],
  [146, 197, 222],
  [209, 229, 240],
  [247, 247, 247],
  [253, 219, 199],
  [244, 165, 130],
  [214, 96, 77],
  [178, 24, 43],
  [103, 0, 31],
];

/** Blue … white … red, linear between the steps. */
export function diverging(value: number): Colour {
  const last = DIVERGING.length - 1;
  const place = (Math.min(1, Math.max(-1, value)) + 1) / 2 * last;
  const below = Math.min(last - 1, Math.floor(place));
  return mix(DIVERGING[below], DIVERGING[below + 1], place - below);
}

/** A colour between two: `part` of the way, 0 … 1, from the first to the second. */
export function mix(from: Colour, to: Colour, part: number): Colour {
  const channel = (c: 0 | 1 | 2) => Math.round(from[c] + (to[c] - from[c]) * part);
  return [channel(0), channel(1), channel(2)];
}
