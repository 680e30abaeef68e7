/**
 * Random damage to sound image files: each mutation has a number, and with the seed it is always the
 * same one.
 *
 * @module
 */
import { decodeImage } from "../../src/data/decode.ts";
import { createRandom, mixSeed, type Random } from "../../src/random.ts";
import { join } from "./build_png.ts";
import { craftImages } from "./hostile_images.ts";
import { mendChecksums } from "./hostile_png.ts";

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
 * @throws {Error} Naming the mutation that crashed the reader, or of which it made no picture.
 */
export function mutateImages(
  count: number,
  { seed = 0, onProgress }: { seed?: number; onProgress?: (done: number) => void } = {},
): Mutations {
  const sound = craftImages().filter(({ shows }) => shows).map(({ bytes }) => bytes);
  const found: Mutations = { accepted: 0, refused: 0, slowest: { number: 0, milliseconds: 0 } };
  for (let number = 0; number < count; number++) {
    const bytes = mutate(sound, createRandom(mixSeed(seed, number)));
    const start = performance.now();
    try {
      const { width, height, pixels } = decodeImage(bytes, "it");
      const whole = pixels.length === width * height * 4 && width * height > 0;
      if (!whole || pixels.some((value, i) => i % 4 === 3 && value !== 255)) {
        throw new Error(`${pixels.length} bytes for ${width} × ${height} pixels, or clear ones`);
      }
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

/** One of the files with one to three kinds of damage. */
function mutate(sound: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = Uint8Array.from(sound[random.integer(sound.length)]);
  const place = () => random.integer(bytes.length);
  const run = () => {
    const start = place();
    return [start, Math.min(bytes.length, start + 1 + random.integer(64))];
  };
  const byte = () => [0, 1, 127, 128, 255, random.integer(256)][random.integer(6)];
  const kinds: (() => void)[] = [
    () => bytes[place()] ^= 1 << random.integer(8),
    () => bytes[place()] = byte(),
    () => bytes.fill(byte(), ...run()),
    () => bytes = bytes.slice(0, 1 + place()),
    () => { // a run is lost
      const [start, end] = run();
      bytes = join(bytes.subarray(0, start), bytes.subarray(end));
    },
    () => { // a run comes twice, or somewhere else
      const [start, end] = run();
      const at = place();
      bytes = join(bytes.subarray(0, at), bytes.subarray(start, end), bytes.subarray(at));
    },
    () => { // a number of 32 or 16 bits is extreme
      const value = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff][random.integer(6)];
      const at = place();
      for (let i = 0; i < 4 && at + i < bytes.length; i++) bytes[at + i] = value >>> (24 - 8 * i);
    },
    () => { // another file goes on
      const other = sound[random.integer(sound.length)];
      bytes = join(bytes.subarray(0, place()), other.subarray(random.integer(other.length)));
    },
  ];
  for (let k = random.integer(3) * random.integer(2); k >= 0 && bytes.length > 0; k--) {
    kinds[random.integer(kinds.length)]();
  }
  // Else checksums would catch nearly all damage of a PNG.
  if (random.integer(4) > 0 && bytes[0] === 0x89 && bytes.length > 12) mendChecksums(bytes);
  return bytes;
}
