/**
 * Inverted dropout of one trial, with the GPU's own random numbers, bit for bit.
 *
 * @module
 */
import { type Array64, zeros } from "./array.ts";

/** What the mask of a layer is drawn from. */
export interface DropoutDraw {
  /** The rate in [0, 1), a float32 value, as the shader compares in float32. */
  rate: number;
  /** The trial's seed, a 32-bit word. */
  seed: number;
  /** The training step, from 0. */
  step: number;
  /** The dense layer that follows, from 0. */
  layer: number;
}

/**
 * x[i] / (1 − rate) where uniform(seed, step, layer, i) ≥ rate, else 0.
 *
 * @param x Any shape; i counts its elements in C order.
 */
export function dropout(x: Array64, { rate, seed, step, layer }: DropoutDraw): Array64 {
  const result = zeros(x.shape);
  x.data.forEach((value, i) => {
    const uniform = (pcg4d([i, step, seed, layer])[0] >>> 8) / 2 ** 24;
    result.data[i] = uniform >= rate ? value / (1 - rate) : 0;
  });
  return result;
}

/**
 * x[i] · factors[i]: dropout whose mask comes from outside.
 *
 * @param x Any shape.
 * @param factors The same shape.
 */
export function multiply(x: Array64, factors: Array64): Array64 {
  return { shape: x.shape, data: x.data.map((value, i) => value * factors.data[i]) };
}

/** Four 32-bit words. */
type Words = [x: number, y: number, z: number, w: number];

/**
 * A hash of four 32-bit words to four (Jarzynski & Olano, "Hash functions for GPU rendering", 2020).
 *
 * @returns Integers in 0 … 2³²−1.
 */
export function pcg4d(input: Readonly<Words>): Words {
  const scrambled = stir(input.map((word) => Math.imul(word, 1664525) + 1013904223) as Words);
  return stir(scrambled.map((word) => word ^ (word >>> 16)) as Words)
    .map((word) => word >>> 0) as Words;
}

function stir([x, y, z, w]: Words): Words {
  x = (x + Math.imul(y, w)) | 0; // | 0 keeps the low 32 bits
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  w = (w + Math.imul(y, z)) | 0;
  return [x, y, z, w];
}
