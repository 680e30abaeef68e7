/**
 * Kernels and matrices as pictures, zoomed beforehand so that no viewer blurs them.
 *
 * @module
 */
import type { Image } from "./png.ts";

/** Numbers with a shape, C order. */
export interface Values {
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** All values, the last axis fastest. */
  readonly data: ArrayLike<number>;
}

/** A colour, 0 … 255 each. */
export type Colour = readonly [red: number, green: number, blue: number];

const WHITE: Colour = [255, 255, 255];
const INK: Colour = [60, 60, 60];

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

/** How `drawKernels` lays its grid out. */
export interface KernelGridOptions {
  /** The value drawn black at −scale and white at +scale; grey is 0. */
  scale: number;
  /** Kernels in a row. Default: the smallest square that holds all. */
  columns?: number;
  /** Screen pixels a weight. Default 8. */
  zoom?: number;
}

/**
 * Draws kernels in grey as the paper does: black is −scale or less, white is +scale or more. One
 * kernel is its channels side by side, one pixel apart; kernels are further apart.
 *
 * @param kernels (N, K, K, C), or (N, K, K) for single channels.
 */
export function drawKernels(kernels: Values, options: KernelGridOptions): Image {
  const [count, rows, columns, channels = 1] = kernels.shape;
  const zoom = options.zoom ?? 8;
  const perRow = Math.min(count, options.columns ?? Math.ceil(Math.sqrt(count)));
  const gap = channels > 1 ? zoom : Math.ceil(zoom / 2);
  const width = channels * (columns * zoom + 1) - 1, height = rows * zoom;
  const image = blank(
    perRow * (width + gap) - gap,
    Math.ceil(count / perRow) * (height + gap) - gap,
  );
  for (let n = 0; n < count; n++) {
    const left = (n % perRow) * (width + gap), top = Math.floor(n / perRow) * (height + gap);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let c = 0; c < channels; c++) {
          const value = kernels.data[((n * rows + row) * columns + column) * channels + c];
          const x = left + c * (columns * zoom + 1) + column * zoom;
          fill(image, x, top + row * zoom, zoom, zoom, grey(value / options.scale));
        }
      }
    }
  }
  return image;
}

/** How `drawMatrix` draws. */
export interface MatrixOptions {
  /** The value of the darkest red; the darkest blue is −scale. Default: the largest |value|. */
  scale?: number;
  /** Screen pixels a value. Default: what makes about 400 pixels, at least 1. */
  zoom?: number;
}

/**
 * Draws a matrix, blue below 0, white at 0, red above, with a colour bar on its right from −scale
 * (bottom) to +scale (top) and ticks at ±scale, ±scale/2 and 0.
 *
 * @param matrix (ROWS, COLUMNS).
 */
export function drawMatrix(matrix: Values, options: MatrixOptions = {}): Image {
  const [rows, columns] = matrix.shape;
  const zoom = options.zoom ?? Math.max(1, Math.round(400 / Math.max(rows, columns)));
  const scale = options.scale ?? largest(matrix.data);
  const heat = blank(columns * zoom, rows * zoom);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const colour = diverging(matrix.data[row * columns + column] / scale);
      fill(heat, column * zoom, row * zoom, zoom, zoom, colour);
    }
  }
  return sideBySide([frame(heat), colourBar(heat.height)], 12);
}

/**
 * Puts images beside each other on white, aligned at the top.
 *
 * @param images At least one.
 * @param gap White pixels between two of them, and around the whole. Default 24.
 */
export function sideBySide(images: readonly Image[], gap = 24): Image {
  const width = images.reduce((sum, image) => sum + image.width + gap, gap);
  const canvas = blank(width, Math.max(...images.map((image) => image.height)) + 2 * gap);
  let left = gap;
  for (const image of images) {
    paste(canvas, image, left, gap);
    left += image.width + gap;
  }
  return canvas;
}

/** −1 … 1 → black … white. */
function grey(value: number): Colour {
  const level = Math.round(127.5 + 127.5 * Math.min(1, Math.max(-1, value)));
  return [level, level, level];
}

/** −1 … 1 → blue … white … red, linear between the steps. */
function diverging(value: number): Colour {
  const last = DIVERGING.length - 1;
  const place = (Math.min(1, Math.max(-1, value)) + 1) / 2 * last;
  const below = Math.min(last - 1, Math.floor(place));
  const mix = (channel: number) =>
    Math.round(
      DIVERGING[below][channel] +
        (DIVERGING[below + 1][channel] - DIVERGING[below][channel]) * (place - below),
    );
  return [mix(0), mix(1), mix(2)];
}

/** The map of `drawMatrix` from −1 (bottom) to 1 (top), framed, five ticks on its right. */
function colourBar(height: number): Image {
  const bar = blank(16, height);
  for (let y = 0; y < height; y++) fill(bar, 0, y, 16, 1, diverging(1 - 2 * y / (height - 1)));
  const framed = frame(bar);
  const image = blank(framed.width + 6, framed.height);
  paste(image, framed, 0, 0);
  for (let tick = 0; tick <= 4; tick++) {
    fill(image, framed.width, Math.round(tick / 4 * (framed.height - 1)), 6, 1, INK);
  }
  return image;
}

/** A line of one pixel around an image, so that its white ends somewhere. */
function frame(image: Image): Image {
  const framed = blank(image.width + 2, image.height + 2);
  fill(framed, 0, 0, framed.width, framed.height, INK);
  paste(framed, image, 1, 1);
  return framed;
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most || 1;
}

function blank(width: number, height: number): Image {
  const image = { width, height, rgba: new Uint8Array(width * height * 4) };
  fill(image, 0, 0, width, height, WHITE);
  return image;
}

function fill(image: Image, x: number, y: number, width: number, height: number, colour: Colour) {
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      const pixel = (row * image.width + column) * 4;
      image.rgba[pixel] = colour[0];
      image.rgba[pixel + 1] = colour[1];
      image.rgba[pixel + 2] = colour[2];
      image.rgba[pixel + 3] = 255;
    }
  }
}

function paste(image: Image, part: Image, x: number, y: number) {
  for (let row = 0; row < part.height; row++) {
    image.rgba.set(
      part.rgba.subarray(row * part.width * 4, (row + 1) * part.width * 4),
      ((y + row) * image.width + x) * 4,
    );
  }
}
