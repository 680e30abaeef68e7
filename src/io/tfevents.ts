/**
 * TensorBoard's event files: a row of records, each an `Event` in protocol buffers.
 *
 *     record = length (u64), masked CRC-32C of the length (u32), event, masked CRC-32C of the event (u32)
 *     Event  = 1: wall time (double), 2: step (int64), 3: file version (string) | 5: Summary
 *     Summary = 1: Value, …           Value = 1: tag (string), 2: simple_value (float)
 *
 * Numbers are little-endian, as is every machine that runs Deno. Source: tensorflow/core/lib/io/record_writer.cc and
 * tensorflow/core/framework/summary.proto; the CRC is Castagnoli's (RFC 3720, B.4).
 *
 * @module
 */

/** The first record of every file. */
export function versionRecord(wallTime: number): Uint8Array<ArrayBuffer> {
  return record(event(wallTime, 0, field(3, text("brain.Event:2"))));
}

/**
 * One record with scalars.
 *
 * @param wallTime Seconds since 1970.
 * @param step The epoch, from 1.
 * @param scalars By tag, e.g. "valid/loss"; stored as float32.
 */
export function scalarRecord(
  wallTime: number,
  step: number,
  scalars: Record<string, number>,
): Uint8Array<ArrayBuffer> {
  const values = Object.entries(scalars).map(([tag, value]) => {
    const float = new Uint8Array(Float32Array.of(value).buffer);
    return field(1, [...field(1, text(tag)), 2 << 3 | 5, ...float]); // field 2, 32 bits
  });
  return record(event(wallTime, step, field(5, values.flat())));
}

/** CRC-32C of some bytes, as an unsigned integer. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** CRC-32C of every single byte, by the reflected polynomial 0x82f63b78. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte >>> 1 ^ (byte & 1 ? 0x82f63b78 : 0);
  return byte;
});

function record(data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return bytes;
}

/** A CRC of data that holds CRCs is weak: TensorFlow turns it by 15 bits and adds a constant. */
function masked(crc: number): number {
  return ((crc >>> 15 | crc << 17) >>> 0) + 0xa282ead8 >>> 0;
}

function event(wallTime: number, step: number, rest: number[]): Uint8Array<ArrayBuffer> {
  const time = new Uint8Array(Float64Array.of(wallTime).buffer);
  const fields = [1 << 3 | 1, ...time, 2 << 3, ...varint(step), ...rest]; // field 1 has 64 bits
  return Uint8Array.from(fields);
}

/** A field of bytes: a string or a message. */
function field(number: number, bytes: number[]): number[] {
  return [number << 3 | 2, ...varint(bytes.length), ...bytes];
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 | 128);
  return [...bytes, value];
}
