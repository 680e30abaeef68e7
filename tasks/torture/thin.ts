/**
 * A JPEG at a small size in two ways: thinned before it is decoded, and decoded whole.
 *
 * @module
 */
import * as jpeg from "jpeg-js";
import { type GuardedJpeg, guardJpeg, writeJpeg } from "../../src/data/guard_jpeg.ts";
import { pickPixels, sourceIndices } from "../../src/data/resize.ts";
import { thinJpeg } from "../../src/data/thin_jpeg.ts";

/** What is wrong with a thinned picture of this size; undefined: it shows the same as the whole one. */
export function faultOfThin(
  bytes: Uint8Array,
  { height, width }: { height: number; width: number },
): string | undefined {
  const whole = guardJpeg(bytes, 2 ** 28);
  const rows = sourceIndices(whole.frame.height, height);
  const columns = sourceIndices(whole.frame.width, width);
  const thin = thinJpeg(whole, rows, columns);
  const expected = pickPixels(decode(whole), whole.frame.width, rows, columns);
  const pixels = pickPixels(decode(thin), thin.frame.width, thin.rows, thin.columns);
  const wrong = pixels.findIndex((value, i) => value !== expected[i]);
  if (wrong < 0) return undefined;
  return `${height}×${width}: value ${wrong} is ${pixels[wrong]}, not ${expected[wrong]}`;
}

function decode({ segments, isTransformed }: GuardedJpeg): Uint8Array<ArrayBuffer> {
  const options = { useTArray: true, colorTransform: isTransformed } as const;
  return jpeg.decode(writeJpeg(segments), options).data as Uint8Array<ArrayBuffer>;
}
