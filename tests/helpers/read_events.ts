/**
 * Reads TensorBoard's event files, to check ours: every length, both checksums (bit by bit, without a
 * table), and the protocol buffers field by field.
 *
 * @module
 */

/** What our files hold. */
export interface ReadEvent {
  wallTime: number;
  step: number;
  version: string | undefined;
  scalars: Record<string, number>;
}

/** Reads all records. @throws {Error} at the first that is cut off or whose checksum is wrong. */
export function readEvents(file: Uint8Array): ReadEvent[] {
  const events: ReadEvent[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    if (at + 16 + length > file.length) throw new Error(`the record at ${at} is cut off`);
    const data = file.subarray(at + 12, at + 12 + length);
    for (
      const [part, from] of [[file.subarray(at, at + 8), at + 8], [data, at + 12 + length]] as const
    ) {
      if (view.getUint32(from, true) !== mask(crc(part))) throw new Error(`wrong CRC at ${from}`);
    }
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

function crc(bytes: Uint8Array): bigint {
  let register = 0xffffffffn;
  for (const byte of bytes) {
    register ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      register = register & 1n ? (register >> 1n) ^ 0x82f63b78n : register >> 1n;
    }
  }
  return register ^ 0xffffffffn;
}

function mask(crc: bigint): number {
  const turned = ((crc >> 15n) | (crc << 17n)) & 0xffffffffn;
  return Number((turned + 0xa282ead8n) & 0xffffffffn);
}

function readEvent(bytes: Uint8Array): ReadEvent {
  const event: ReadEvent = { wallTime: NaN, step: 0, version: undefined, scalars: {} };
  for (const { number, value } of fields(bytes)) {
    if (number === 1) event.wallTime = float64(value as Uint8Array);
    else if (number === 2) event.step = value as number;
    else if (number === 3) event.version = text(value);
    else if (number === 5) {
      for (const { value: message } of fields(value as Uint8Array)) {
        const [tag, simple] = fields(message as Uint8Array);
        if (tag.number !== 1 || simple.number !== 2) throw new Error("a value without a tag");
        event.scalars[text(tag.value)] = float32(simple.value as Uint8Array);
      }
    } else throw new Error(`unknown field ${number}`);
  }
  return event;
}

function fields(bytes: Uint8Array): { number: number; value: number | Uint8Array }[] {
  const found: { number: number; value: number | Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let [value, factor] = [0, 1];
    for (;; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("a number is cut off");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint(), number = key >> 3;
    const size = { 0: 0, 1: 8, 2: -1, 5: 4 }[key & 7];
    if (size === undefined) throw new Error(`unknown wire type ${key & 7}`);
    if (size === 0) found.push({ number, value: varint() });
    else {
      const length = size > 0 ? size : varint();
      found.push({ number, value: bytes.slice(at, at + length) });
      at += length;
    }
  }
  return found;
}

const float64 = (bytes: Uint8Array) =>
  new DataView(bytes.buffer as ArrayBuffer).getFloat64(0, true);
const float32 = (bytes: Uint8Array) =>
  new DataView(bytes.buffer as ArrayBuffer).getFloat32(0, true);
const text = (bytes: number | Uint8Array) =>
  new TextDecoder().decode(bytes as Uint8Array<ArrayBuffer>);
