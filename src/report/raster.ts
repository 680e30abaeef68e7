/**
 * Small pictures made of pixels: a blank one, rectangles, and one in another.
 *
 * @module
 */
import type { Image } from "./png.ts";

/** A colour, 0 … 255 each. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A white image. */
export function blank(width: number, height: number): Image {
  return { width, height, rgba: new Uint8Array(width * height * 4).fill(255) };
}

/** Fills a rectangle that lies inside the image. */
export function fill(
  image: Image,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: Colour,
): void {
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      image.rgba.set(colour, (row * image.width + column) * 4);
    }
  }
}

/** Copies an image into a larger one, its upper left pixel to (x, y). */
export function paste(image: Image, part: Image, x: number, y: number): void {
  for (let row = 0; row < part.height; row++) {
    image.rgba.set(
      part.rgba.subarray(row * part.width * 4, (row + 1) * part.width * 4),
      ((y + row) * image.width + x) * 4,
    );
  }
}
