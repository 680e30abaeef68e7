/**
 * Random damage to files: flipped bits, lost and doubled runs, cuts, extreme numbers.
 *
 * @module
 */
import type { Random } from "../../src/random.ts";
import { join } from "./build_png.ts";

/** A copy of one of the files with one to three kinds of damage. */
export function damage(files: readonly Uint8Array[], random: Random): Uint8Array<ArrayBuffer> {
  let bytes = Uint8Array.from(files[random.integer(files.length)]);
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
    () => { // a number of 32 bits is extreme, whichever byte comes first
      const value = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff][random.integer(6)];
      const [at, little] = [place(), random.integer(2)];
      for (let i = 0; i < 4 && at + i < bytes.length; i++) {
        bytes[at + i] = value >>> (little ? 8 * i : 24 - 8 * i);
      }
    },
    () => { // another file goes on
      const other = files[random.integer(files.length)];
      bytes = join(bytes.subarray(0, place()), other.subarray(random.integer(other.length)));
    },
  ];
  for (let k = random.integer(3) * random.integer(2); k >= 0 && bytes.length > 0; k--) {
    kinds[random.integer(kinds.length)]();
  }
  return bytes;
}
