/**
 * The kinks of a network: which value of a window a max-pool takes, and whether ReLU lets it pass.
 *
 * Two values may be closer to each other than float32 sums are to the true ones. Which of them is the
 * larger then hangs on the order of the sums and on whether the hardware fuses multiply and add, and
 * with it goes a whole gradient, to another pixel or nowhere. That is no fault; to choose a value that
 * is smaller by more than rounding explains is one.
 *
 * @module
 */
import type { ConvLayout } from "../nn/layout.ts";
import { type Array64, get, indices } from "../reference/array.ts";
import { conv, DEAD, placesOf, type Pooling } from "../reference/conv_pool.ts";
import { dense } from "../reference/dense.ts";

/** Exact sums and how far from each a float32 one may be; both of one shape. */
export interface Sums {
  z: Array64;
  slack: Array64;
}

/**
 * A convolution's.
 *
 * @param noise How far each x may be from what the convolution was computed from; default 0.
 */
export function convSums(
  layer: ConvLayout,
  x: Array64,
  kernel: Array64,
  bias: Array64,
  noise = 0,
): Sums {
  const rounding = roundingOf(layer.kernel ** 2 * layer.channels);
  const doubt = sized(x, (size) => rounding * size + noise);
  const slack = conv(layer, doubt, sized(kernel), sized(bias, (size) => rounding * size));
  return { z: conv(layer, x, kernel, bias), slack };
}

/**
 * A dense layer's, before ReLU.
 *
 * @param x (BATCH, INPUTS), each the product of two float32 numbers or one.
 * @returns (BATCH, 1, 1, OUTPUTS)
 */
export function denseSums(x: Array64, kernel: Array64, bias: Array64): Sums {
  const rounding = roundingOf(x.shape[1] + 1); // and that of the product
  const off = (size: number) => rounding * size;
  const sums = (...of: [x: Array64, kernel: Array64, bias: Array64]) => {
    const { shape: [batch, outputs], data } = dense(...of, false);
    return { shape: [batch, 1, 1, outputs], data };
  };
  return {
    z: sums(x, kernel, bias),
    slack: sums(sized(x, off), sized(kernel), sized(bias, off)),
  };
}

/**
 * How far the chosen values fall short of the largest, as a part of what rounding explains.
 *
 * @param argmax As `maxPool` returns it: where it says DEAD, ReLU's 0 was chosen.
 * @returns The worst window's shortfall: 0 where no value is larger, more than 1 where a choice was wrong.
 */
export function shortfall(pooling: Pooling, { z, slack }: Sums, argmax: Array64): number {
  let worst = 0;
  for (const [b, r, q, m] of indices(argmax.shape)) {
    const rivals = [
      [0, 0],
      ...placesOf(pooling, r, q).map(
        ([row, column]) => [get(z, b, row, column, m), get(slack, b, row, column, m)],
      ),
    ];
    const place = get(argmax, b, r, q, m);
    const own = rivals[place === DEAD ? 0 : place + 1];
    if (!own) return Infinity;
    for (const [value, doubt] of rivals) {
      if (value > own[0]) worst = Math.max(worst, (value - own[0]) / (doubt + own[1]));
    }
  }
  return worst;
}

/**
 * The most that float32 can be off in Σ xᵢ·yᵢ + bias, relative to Σ |xᵢ·yᵢ| + |bias|, in any order,
 * fused or not (Higham, "Accuracy and Stability of Numerical Algorithms", §3.1).
 */
function roundingOf(products: number): number {
  const sum = (products + 1) * 2 ** -24;
  return sum / (1 - sum);
}

/** |values|, or what is made of them. */
function sized({ shape, data }: Array64, make = (size: number) => size): Array64 {
  return { shape, data: data.map((value) => make(Math.abs(value))) };
}
