/**
 * A typed door to upng-js, which carries no types. Only what this project calls is declared.
 *
 * @module
 */
import UPNG from "upng-js";
import type { Size } from "./resize.ts";

/** A picture as upng-js keeps it. */
export interface PackedPng extends Size {
  /** Bits per sample. */
  depth: number;
  /** Colour type: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha. */
  ctype: number;
  /** Rows without filters, each padded to whole bytes; not interlaced. */
  data: Uint8Array;
  /** Palette (three numbers a colour), and transparency: a grey level, a colour, or alphas. */
  tabs: { PLTE?: ArrayLike<number>; tRNS?: ArrayLike<number> };
}

/** The part of upng-js that is used here, typed. */
export const upng: {
  /** Unpacks to RGBA, 8 bits each, not premultiplied: one buffer of (H, W, 4) per frame. */
  toRGBA8(image: PackedPng): ArrayBuffer[];
  /** Writes frames of RGBA (H, W, 4); `colours` 0 is lossless. */
  encode(frames: ArrayBuffer[], width: number, height: number, colours: number): ArrayBuffer;
} = UPNG;
