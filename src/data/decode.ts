/**
 * Pictures to pixels: PNG and JPEG files become RGBA on white.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import * as jpeg from "jpeg-js";
import { guardJpeg } from "./guard_jpeg.ts";
import { guardPng, PNG_SIGNATURE } from "./guard_png.ts";
import { type PackedPng, upng } from "./upng.ts";

/** The largest picture decoded, 4096 × 4096: a guard against headers that ask for all memory. */
const MAX_PIXELS = 2 ** 24;

/** A decoded picture. */
export interface Picture {
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
  /** RGBA (H, W, 4), 0 … 255, composited on white, so that A = 255. */
  pixels: Uint8Array<ArrayBuffer>;
}

/**
 * Decodes a PNG or JPEG file; the first bytes say which, never the name.
 *
 * Grey is repeated to three channels, 16 bits are cut to 8, alpha is composited on white (SPEC §1),
 * an animated PNG gives its still image. Orientation tags and colour profiles are ignored, as Keras'
 * loader did.
 *
 * @param bytes The whole file.
 * @param name What errors call it, usually its path.
 * @throws Error if the file is neither, is damaged, or has more than 4096 × 4096 pixels; the message
 *   of its `cause` is the bare reason.
 */
export function decodeImage(bytes: Uint8Array, name: string): Picture {
  try {
    if (bytes.length === 0) throw new Error("the file is empty");
    if (PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)) return decodePng(bytes);
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return decodeJpeg(bytes);
    throw new Error("it is neither PNG nor JPEG");
  } catch (error) {
    // upng-js throws strings.
    const cause = error instanceof Error ? error : new Error(String(error));
    throw new Failure(
      "input",
      `Cannot decode ${name}: ${cause.message}. Save it again as PNG or JPEG, or remove it`,
      { cause },
    );
  }
}

function decodeJpeg(bytes: Uint8Array): Picture {
  const { file, isRgb } = guardJpeg(bytes, MAX_PIXELS);
  // Both limits lie beyond MAX_PIXELS: the guard decides.
  const limits = { maxResolutionInMP: 20, maxMemoryUsageInMB: 1024 };
  const options = { ...limits, useTArray: true, colorTransform: !isRgb } as const;
  const { width, height, data } = jpeg.decode(file, options);
  // jpeg-js fills an array of its own: its type is only wider than it need be.
  return { width, height, pixels: data as Uint8Array<ArrayBuffer> };
}

function decodePng(bytes: Uint8Array): Picture {
  const image = upng.decode(guardPng(bytes, MAX_PIXELS).buffer);
  if (image.ctype === 3) checkIndices(image);
  else if (image.tabs.tRNS !== undefined) maskTransparency(image);
  const { tRNS } = image.tabs;
  if (image.ctype === 0 && (image.depth < 8 || (image.depth === 8 && tRNS !== undefined))) {
    greyToPalette(image);
  }
  const pixels = new Uint8Array(upng.toRGBA8(image)[0]);
  if (image.ctype === 0 && image.depth === 16 && tRNS === 0) clearBlack(pixels, image);
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] === 255) continue;
    const alpha = pixels[i + 3] / 255;
    for (let c = i; c < i + 3; c++) pixels[c] = Math.round(pixels[c] * alpha + 255 * (1 - alpha));
    pixels[i + 3] = 255;
  }
  return { width: image.width, height: image.height, pixels };
}

/** upng-js takes colours beyond the end of a palette for black. */
function checkIndices({ width, height, depth, data, tabs }: PackedPng): void {
  const colours = tabs.PLTE!.length / 3;
  const stride = Math.ceil(width * depth / 8);
  if (colours === 2 ** depth) return;
  for (let y = 0; y < height; y++) {
    for (let bit = 0; bit < width * depth; bit += depth) {
      const byte = data[y * stride + (bit >> 3)];
      const index = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
      if (index >= colours) throw new Error(`it uses colour ${index} of ${colours}`);
    }
  }
}

/** Two bytes a level are stored, of which only as many bits count as a sample has. */
function maskTransparency({ depth, tabs }: PackedPng): void {
  const mask = (level: number) => level & (2 ** depth - 1);
  tabs.tRNS = Array.isArray(tabs.tRNS) ? tabs.tRNS.map(mask) : mask(tabs.tRNS!);
}

/**
 * upng-js unpacks grey below 8 bits as if rows were not padded to bytes, so that widths which are no
 * multiple of 8, 4 or 2 come out sheared, and overlooks black as the transparent level. Palettes it
 * unpacks rightly: name the grey levels so.
 */
function greyToPalette(image: PackedPng): void {
  const levels = Array.from({ length: 2 ** image.depth }, (_, level) => level);
  const { tRNS } = image.tabs;
  image.ctype = 3;
  image.tabs = {
    PLTE: levels.flatMap((level) => Array(3).fill(255 * level / (levels.length - 1))),
    tRNS: levels.map((level) => level === tRNS ? 0 : 255),
  };
}

/** Black as the transparent level of 16-bit grey, which upng-js overlooks too. */
function clearBlack(pixels: Uint8Array, { data }: PackedPng): void {
  for (let i = 0; i < pixels.length; i += 4) {
    if (data[i / 2] === 0 && data[i / 2 + 1] === 0) pixels[i + 3] = 0;
  }
}
