/**
 * Pictures as PNG files.
 *
 * @module
 */
import UPNG from "upng-js";

/** An RGBA image, 8 bits a channel. */
export interface Image {
  /** WIDTH in pixels, at least 1. */
  width: number;
  /** HEIGHT in pixels, at least 1. */
  height: number;
  /** (HEIGHT, WIDTH, 4). */
  rgba: Uint8Array<ArrayBuffer>;
}

/**
 * Encodes an image as PNG without loss; equal images give equal bytes.
 *
 * @throws {TypeError} If `rgba` does not have WIDTH · HEIGHT · 4 values.
 */
export function encodePng({ width, height, rgba }: Image): Uint8Array<ArrayBuffer> {
  if (!(width >= 1 && height >= 1 && rgba.length === width * height * 4)) {
    throw new TypeError(
      `Cannot encode a ${width}×${height} image: it has ${rgba.length} values instead of ` +
        `${width * height * 4}`,
    );
  }
  // A view into a larger buffer is copied first, because upng-js reads the whole buffer. Palettes
  // are forbidden: with one, it cuts off the file of a small image without a word.
  const colours = 0, delays: number[] = [], forbidPalette = true; // 0 colours = lossless
  const frames = [rgba.slice().buffer];
  return new Uint8Array(UPNG.encode(frames, width, height, colours, delays, forbidPalette));
}
