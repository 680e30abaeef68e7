/**
 * Pictures to pixels: PNG and JPEG files become RGBA on white.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import * as jpeg from "jpeg-js";
import { type GuardedJpeg, guardJpeg, writeJpeg } from "./guard_jpeg.ts";
import { guardPng, PNG_SIGNATURE } from "./guard_png.ts";
import { pickPixels, type Size, sourceIndices, type Wanted } from "./resize.ts";
import { thinJpeg } from "./thin_jpeg.ts";
import { judgeFormat, tooLarge, Unread } from "./unread.ts";
import { unpackPng } from "./unpack_png.ts";
import { upng } from "./upng.ts";

/** The most pixels of a picture: a guard against headers that ask for all memory. */
const MAX_PIXELS = 2 ** 28;
/** The most samples of a JPEG, over all components; jpeg-js takes 15 to 30 bytes for each. */
const MAX_SAMPLES = 60e6;
/** A JPEG of more samples than this is decoded without what is not wanted of it. */
const LARGE = 2 ** 24;
/** The most pixels over all scans that are decoded: a picture of 16 megapixels may have 16 scans. */
const MAX_DECODED = 2 ** 28;

/** A decoded picture, and its size in the file. */
export interface Picture extends Size {
  /** RGBA (H, W, 4), 0 … 255, composited on white, so that A = 255; H and W are the size that was wanted. */
  pixels: Uint8Array<ArrayBuffer>;
}

/**
 * Decodes a PNG or JPEG file; the first bytes say which, never the name.
 *
 * Grey is repeated to three channels, inks become colours as in Pillow, 16 bits are cut to 8, alpha
 * is composited on white (SPEC §1), an animated PNG gives its still image. Orientation tags and colour
 * profiles are ignored, as Keras' loader did.
 *
 * @param bytes The whole file.
 * @param name What errors call it, usually its path.
 * @param size What the pixels are resized to by nearest neighbour. Default: as they are. A large
 *   picture that becomes small takes much less memory.
 * @throws Error if the file is neither, is damaged, or has more than 268 megapixels; the message of
 *   its `cause` is the bare reason.
 */
export function decodeImage(bytes: Uint8Array, name: string, size?: Size): Picture {
  try {
    if (bytes.length === 0) throw new Unread("the file is empty");
    if (PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)) return decodePng(bytes, size);
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return decodeJpeg(bytes, size);
    throw judgeFormat(bytes);
  } catch (error) {
    const { message } = error as Error;
    const special = error instanceof Unread ? error.adviceFor(name) : undefined;
    const reason = (error instanceof Unread ? message : `it is damaged: ${message}`) +
      (special ? `. ${special}` : "");
    const advice = special ? "" : ". Save it again as PNG or JPEG, or remove it";
    throw new Failure("input", `Cannot decode ${name}: ${reason}${advice}`, {
      cause: new Error(reason, { cause: error }),
    });
  }
}

function decodeJpeg(bytes: Uint8Array, size?: Size): Picture {
  const whole = guardJpeg(bytes, MAX_PIXELS);
  const { width, height } = whole.frame;
  const wanted = select(whole.frame, size);
  const isLarge = size !== undefined && countSamples(whole) > LARGE;
  const { rows, columns, ...kept } = isLarge
    ? thinJpeg(whole, wanted.rows, wanted.columns)
    : { ...whole, ...wanted };
  checkWork(kept, whole.frame);
  const { data } = jpeg.decode(writeJpeg(kept.segments), {
    maxResolutionInMP: Infinity, // `checkWork` sets the limits
    maxMemoryUsageInMB: Infinity,
    useTArray: true,
    colorTransform: whole.isTransformed,
  });
  // jpeg-js fills an array of its own: its type is only wider than it need be.
  const pixels = data as Uint8Array<ArrayBuffer>;
  return {
    width,
    height,
    pixels: size ? pickPixels(pixels, kept.frame.width, rows, columns) : pixels,
  };
}

/** The rows and columns of a picture that make it one of another size. */
function select({ width, height }: Size, size: Size = { width, height }): Wanted {
  return {
    rows: sourceIndices(height, size.height),
    columns: sourceIndices(width, size.width),
  };
}

function countSamples({ frame: { width, height, components, most } }: GuardedJpeg): number {
  const units = Math.ceil(width / 8 / most.h) * Math.ceil(height / 8 / most.v);
  return [...components.values()].reduce((sum, { h, v }) => sum + 64 * h * v * units, 0);
}

/** Makes sure that jpeg-js decodes what is kept of a picture in a bounded time and memory. */
function checkWork(kept: GuardedJpeg, { width, height }: Size): void {
  if (countSamples(kept) > MAX_SAMPLES) {
    throw tooLarge(width, height, "which take too much memory at this size");
  }
  const scans = kept.segments.filter(({ scan }) => scan).length;
  const most = Math.floor(MAX_DECODED / (kept.frame.width * kept.frame.height));
  if (scans > most) throw new Error(`it has more than ${most} scans`);
}

function decodePng(bytes: Uint8Array, size?: Size): Picture {
  const png = guardPng(bytes, MAX_PIXELS);
  const { width, height } = png;
  const { rows, columns } = select(png, size);
  const pixels = new Uint8Array(upng.toRGBA8(unpackPng(png, rows, columns))[0]);
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] === 255) continue;
    const alpha = pixels[i + 3] / 255;
    for (let c = i; c < i + 3; c++) pixels[c] = Math.round(pixels[c] * alpha + 255 * (1 - alpha));
    pixels[i + 3] = 255;
  }
  return { width, height, pixels };
}
