/**
 * Pictures to pixels: PNG and JPEG files become RGBA on white.
 *
 * @module
 */
import { decode as decodeJpeg } from "jpeg-js";
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
 * @throws Error if the file is neither, is damaged, or has more than 4096 × 4096 pixels.
 */
export function decodeImage(bytes: Uint8Array, name: string): Picture {
  try {
    if (PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)) return decodePng(bytes);
    if (bytes[0] === 0xff && bytes[1] === 0xd8) {
      guardJpeg(bytes, MAX_PIXELS);
      // Both limits lie beyond MAX_PIXELS: the guard decides.
      const limits = { maxResolutionInMP: 20, maxMemoryUsageInMB: 1024 };
      const { width, height, data } = decodeJpeg(bytes, { ...limits, useTArray: true });
      // jpeg-js fills an array of its own: its type is only wider than it need be.
      return { width, height, pixels: data as Uint8Array<ArrayBuffer> };
    }
    throw new Error("it is neither PNG nor JPEG");
  } catch (cause) {
    // upng-js throws strings.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Cannot decode ${name}: ${reason}. Save it again as PNG or JPEG, or remove it`,
      { cause },
    );
  }
}

function decodePng(bytes: Uint8Array): Picture {
  const image = upng.decode(guardPng(bytes, MAX_PIXELS).buffer);
  if (image.ctype === 0 && image.depth < 8) greyToPalette(image);
  const pixels = new Uint8Array(upng.toRGBA8(image)[0]);
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3] / 255;
    for (let c = i; c < i + 3; c++) pixels[c] = Math.round(pixels[c] * alpha + 255 * (1 - alpha));
    pixels[i + 3] = 255;
  }
  return { width: image.width, height: image.height, pixels };
}

/**
 * upng-js unpacks grey below 8 bits as if rows were not padded to bytes, so that widths which are no
 * multiple of 8, 4 or 2 come out sheared. Palettes it unpacks rightly: name the grey levels so.
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
