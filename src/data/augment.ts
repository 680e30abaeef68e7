/**
 * The random transform of one image (SPEC §2): the draws only. The warp itself runs on the GPU.
 *
 * @module
 */
import type { Random } from "../random.ts";

/** Rotation, then shift, then flip, about the image's centre. */
export interface Transform {
  /** Rotation in degrees, −30 … 30. */
  theta: number;
  /** Shift in rows, an integer in −19 … 19. */
  tx: number;
  /** Shift in columns, an integer in −19 … 19. */
  ty: number;
  /** Whether left and right are exchanged after the warp. */
  flip: boolean;
}

const MAX_DEGREES = 30;
const SHIFTS = 20; // pixels: 0 … 19

/**
 * Draws a transform (SPEC §2): θ ~ U(−30°, 30°), each shift uniform on 0 … 19 times a random sign,
 * flip with probability ½.
 *
 * @param random The stream, advanced by a fixed order of draws: θ, rows, columns, flip.
 */
export function drawTransform(random: Random): Transform {
  return {
    theta: MAX_DEGREES * (2 * random.uniform() - 1),
    tx: drawShift(random),
    ty: drawShift(random),
    flip: random.uniform() < 0.5,
  };
}

function drawShift(random: Random): number {
  const distance = random.integer(SHIFTS);
  return random.uniform() < 0.5 ? 0 - distance : distance; // -distance would give −0
}
