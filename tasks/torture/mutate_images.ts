/**
 * Random damage to sound image files: each mutation has a number, and with the seed it is always the
 * same one.
 *
 * @module
 */
import { decodeImage } from "../../src/data/decode.ts";
import { createRandom, mixSeed, type Random } from "../../src/random.ts";
import { damage } from "./damage.ts";
import { craftImages } from "./hostile_images.ts";
import { mendChecksums } from "./hostile_png.ts";
import { faultOfThin } from "./thin.ts";

/** What became of the mutations. */
export interface Mutations {
  /** Files that were still taken for pictures. JPEG has no checksum, so that many are. */
  accepted: number;
  refused: number;
  /** The slowest one. */
  slowest: { number: number; milliseconds: number };
}

/**
 * Decodes mutations of sound files.
 *
 * @param count Mutations of the numbers 0 … count − 1.
 * @param onProgress Called after each.
 * @throws {Error} Naming the mutation that crashed the reader, or of which it made no picture, or
 *   two.
 */
export function mutateImages(
  count: number,
  { seed = 0, onProgress }: { seed?: number; onProgress?: (done: number) => void } = {},
): Mutations {
  const sound = craftImages().filter(({ shows }) => shows).map(({ bytes }) => bytes);
  const found: Mutations = { accepted: 0, refused: 0, slowest: { number: 0, milliseconds: 0 } };
  for (let number = 0; number < count; number++) {
    const random = createRandom(mixSeed(seed, number));
    const bytes = damage(sound, random);
    // Left as they are, checksums would catch nearly all damage of a PNG.
    if (random.integer(4) > 0 && bytes[0] === 0x89) mendChecksums(bytes);
    const start = performance.now();
    try {
      const { width, height, pixels } = decodeImage(bytes, "it");
      const whole = pixels.length === width * height * 4 && width * height > 0;
      if (!whole || pixels.some((value, i) => i % 4 === 3 && value !== 255)) {
        throw new Error(`${pixels.length} bytes for ${width} × ${height} pixels, or clear ones`);
      }
      const fault = bytes[0] === 0xff && faultIfThinned(bytes, { width, height }, random);
      if (fault) throw new Error(`thinned to ${fault}`);
      found.accepted++;
    } catch (error) {
      const { message } = error as Error;
      if (!message.startsWith("Cannot decode it: ")) {
        throw new Error(`Mutation ${number} of seed ${seed}: ${message}`, { cause: error });
      }
      found.refused++;
    }
    const milliseconds = performance.now() - start;
    if (milliseconds > found.slowest.milliseconds) found.slowest = { number, milliseconds };
    onProgress?.(number + 1);
  }
  return found;
}

/** A JPEG must show the same where it is thinned first, or be refused then. */
function faultIfThinned(
  bytes: Uint8Array,
  { width, height }: { width: number; height: number },
  random: Random,
): string | undefined {
  const part = (size: number) => 1 + random.integer(Math.min(size, 100));
  try {
    return faultOfThin(bytes, { width: part(width), height: part(height) });
  } catch (error) {
    if ((error as Error).constructor !== Error) throw error;
  }
}
