/** What is used of node:zlib, by what upng-js brings along. @module */
import crc from "pako/lib/zlib/crc32.js";
import pako from "pako/lib/inflate.js";

/** The checksum of PNG's chunks. */
export const crc32 = (bytes: Uint8Array): number => crc(0, bytes, bytes.length, 0) >>> 0;

/**
 * Unpacks a zlib stream.
 *
 * @throws {Error} Where it is broken, ends early or gives more than `maxOutputLength` bytes.
 */
export function inflateSync(
  packed: Uint8Array,
  { maxOutputLength }: { maxOutputLength: number },
): Uint8Array {
  const all = new Uint8Array(maxOutputLength);
  let length = 0;
  const inflate = new pako.Inflate({ chunkSize: 2 ** 16 });
  inflate.onData = (part: Uint8Array) => {
    if (length + part.length > maxOutputLength) throw new Error("it is too long");
    all.set(part, length);
    length += part.length;
  };
  inflate.push(packed, false); // at the stream's end it ends by itself
  if (inflate.err || !inflate.ended) throw new Error(inflate.msg || "unexpected end of file");
  return all.subarray(0, length);
}
