/**
 * conv → ReLU → max-pool of one trial, forward and backward.
 *
 * @module
 */
import type { ConvLayout } from "../nn/layout.ts";
import { add, type Array64, get, indices, set, zeros } from "./array.ts";

/** `argmax` where ReLU gave 0: such an output passes no gradient on. No window has as many places. */
export const DEAD = 255;

/**
 * Convolution with "same" padding:
 *
 * z[b, r, q, m] = bias[m] + Σ ky, kx, c: kernel[ky, kx, c, m] · x[b, r·S + ky − top, q·S + kx − left, c]
 *
 * @param x (BATCH, HEIGHT, WIDTH, CHANNELS), zero outside.
 * @param kernel (K, K, CHANNELS, FILTERS)
 * @param bias (FILTERS)
 * @returns z (BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS)
 */
export function conv(layer: ConvLayout, x: Array64, kernel: Array64, bias: Array64): Array64 {
  const z = zeros([x.shape[0], layer.convHeight, layer.convWidth, layer.filters]);
  for (const [b, r, q, m] of indices(z.shape)) {
    let sum = get(bias, m);
    for (const [ky, kx, row, column] of taps(layer, r, q)) {
      for (let c = 0; c < layer.channels; c++) {
        sum += get(kernel, ky, kx, c, m) * get(x, b, row, column, c);
      }
    }
    set(z, [b, r, q, m], sum);
  }
  return z;
}

/**
 * The gradients of kernel and bias: every product of the forward pass, read the other way.
 *
 * @param x (BATCH, HEIGHT, WIDTH, CHANNELS)
 * @param dz (BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS)
 * @returns dkernel (K, K, CHANNELS, FILTERS) and dbias (FILTERS)
 */
export function convBackwardKernel(
  layer: ConvLayout,
  x: Array64,
  dz: Array64,
): { dkernel: Array64; dbias: Array64 } {
  const dkernel = zeros([layer.kernel, layer.kernel, layer.channels, layer.filters]);
  const dbias = zeros([layer.filters]);
  for (const [b, r, q, m] of indices(dz.shape)) {
    const gradient = get(dz, b, r, q, m);
    add(dbias, [m], gradient);
    for (const [ky, kx, row, column] of taps(layer, r, q)) {
      for (let c = 0; c < layer.channels; c++) {
        add(dkernel, [ky, kx, c, m], gradient * get(x, b, row, column, c));
      }
    }
  }
  return { dkernel, dbias };
}

/**
 * The gradient of the input.
 *
 * @param dz (BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS)
 * @param kernel (K, K, CHANNELS, FILTERS)
 * @returns dx (BATCH, HEIGHT, WIDTH, CHANNELS)
 */
export function convBackwardInput(layer: ConvLayout, dz: Array64, kernel: Array64): Array64 {
  const dx = zeros([dz.shape[0], layer.height, layer.width, layer.channels]);
  for (const [b, r, q, m] of indices(dz.shape)) {
    for (const [ky, kx, row, column] of taps(layer, r, q)) {
      for (let c = 0; c < layer.channels; c++) {
        add(dx, [b, row, column, c], get(dz, b, r, q, m) * get(kernel, ky, kx, c, m));
      }
    }
  }
  return dx;
}

/** The kernel's places over output (r, q), and the pixels that lie under them inside the image. */
function* taps(
  { kernel, stride, padTop, padLeft, height, width }: ConvLayout,
  r: number,
  q: number,
): Generator<[ky: number, kx: number, row: number, column: number]> {
  for (let ky = 0; ky < kernel; ky++) {
    for (let kx = 0; kx < kernel; kx++) {
      const row = r * stride + ky - padTop;
      const column = q * stride + kx - padLeft;
      if (row >= 0 && row < height && column >= 0 && column < width) yield [ky, kx, row, column];
    }
  }
}

/**
 * ReLU and max-pool: y = max(0, the window's maximum).
 *
 * @param z (BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS)
 * @returns y and argmax (BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS): i·POOL + j of the first maximum, or DEAD.
 */
export function maxPool(layer: ConvLayout, z: Array64): { y: Array64; argmax: Array64 } {
  const { pool, poolStride } = layer;
  const y = zeros([z.shape[0], layer.outHeight, layer.outWidth, layer.filters]);
  const argmax = zeros(y.shape);
  for (const [b, r, q, m] of indices(y.shape)) {
    set(argmax, [b, r, q, m], DEAD);
    for (const [i, j] of indices([pool, pool])) {
      const value = get(z, b, r * poolStride + i, q * poolStride + j, m);
      if (value > get(y, b, r, q, m)) {
        set(y, [b, r, q, m], value);
        set(argmax, [b, r, q, m], i * pool + j);
      }
    }
  }
  return { y, argmax };
}

/**
 * Pools as others have chosen: y = z at the given places, 0 where they say DEAD.
 *
 * @param argmax (BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS)
 * @returns y; what lives is positive, however little: near 0, z may not be.
 */
export function maxPoolAt(layer: Pooling, z: Array64, argmax: Array64): Array64 {
  const y = zeros(argmax.shape);
  for (const [b, r, q, m] of indices(y.shape)) {
    const place = get(argmax, b, r, q, m);
    if (place === DEAD) continue;
    const [row, column] = placeOf(layer, r, q, place);
    set(y, [b, r, q, m], Math.max(get(z, b, row, column, m), Number.MIN_VALUE));
  }
  return y;
}

/**
 * Each gradient goes to the pixel that was the maximum; overlapping windows add.
 *
 * @param dy (BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS)
 * @param argmax as `maxPool` returned it
 * @returns dz (BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS)
 */
export function maxPoolBackward(layer: ConvLayout, dy: Array64, argmax: Array64): Array64 {
  const dz = zeros([dy.shape[0], layer.convHeight, layer.convWidth, layer.filters]);
  for (const [b, r, q, m] of indices(dy.shape)) {
    const place = get(argmax, b, r, q, m);
    if (place === DEAD) continue;
    const [row, column] = placeOf(layer, r, q, place);
    add(dz, [b, row, column, m], get(dy, b, r, q, m));
  }
  return dz;
}

/** The windows of a max-pool. */
export type Pooling = Pick<ConvLayout, "pool" | "poolStride">;

/** The places of window (r, q) on the convolution's map, in the order in which `argmax` counts them. */
export function placesOf(pooling: Pooling, r: number, q: number): [row: number, column: number][] {
  return Array.from({ length: pooling.pool ** 2 }, (_, place) => placeOf(pooling, r, q, place));
}

/** Where the maximum of window (r, q) stands on the convolution's map. */
function placeOf(
  { pool, poolStride }: Pooling,
  r: number,
  q: number,
  place: number,
): [row: number, column: number] {
  return [r * poolStride + Math.floor(place / pool), q * poolStride + place % pool];
}

/**
 * out[i] = Σ p: partials[p, i]
 *
 * @param partials (PARTIALS, SIZE)
 * @returns (SIZE)
 */
export function sumPartials(partials: Array64): Array64 {
  const sums = zeros([partials.shape[1]]);
  for (const [p, i] of indices(partials.shape)) add(sums, [i], get(partials, p, i));
  return sums;
}
