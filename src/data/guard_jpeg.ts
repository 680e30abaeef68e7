/**
 * Walks a JPEG's markers before it is decoded (ITU-T T.81, annex B): the shape is known, every table
 * and scan is complete and names what is there, and the image comes to its end. Flipped bits inside
 * the image stay unseen: JPEG has no checksum.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { HuffmanTable } from "./jpeg_bits.ts";
import { type JpegFrame, type JpegScan, readFrame, readScan } from "./jpeg_frame.ts";
import type { Size } from "./resize.ts";

/** Progressive files beyond this many scans are made to waste time; cameras write about ten. */
const MAX_SCANS = 64;
/** The most pixels over all scans: the largest picture may have 16 scans. */
const MAX_SCANNED = 2 ** 32;
/** Files beyond this many segments are made to waste time; cameras write fewer than a hundred. */
const MAX_SEGMENTS = 4096;
/** Huffman tables beyond this number waste time; ten scans bring about twenty. */
const MAX_TABLES = 1024;

/** A JPEG that may be decoded. */
export interface GuardedJpeg {
  /** Its shape. */
  frame: JpegFrame;
  /** What the picture is made of, in the order of the file, without what applications add. */
  segments: JpegSegment[];
  /** Whether its colours are coded as a brightness and two differences, instead of as they are. */
  isTransformed: boolean;
}

/** A part of a file. */
export interface JpegSegment {
  /** Its kind. */
  marker: number;
  /** What it holds, without marker and length. */
  body: Uint8Array;
  /** For a scan: what it holds, the MCUs between two restart markers (0: all), and the coded data. */
  scan?: JpegScan & { restart: number; data: Uint8Array };
}

/** What the walk has met so far. */
interface Walk {
  frame?: JpegFrame;
  /** Numbers of the quantization tables. */
  quantization: Set<number>;
  /** Huffman tables by class and number (0x1n for AC). */
  huffman: Map<number, HuffmanTable>;
  /** How many Huffman tables there were. */
  tables: number;
  /** MCUs between two restart markers; 0: all. */
  restart: number;
  /** Components whose mean brightnesses (DC) have come. */
  begun: Set<number>;
  /** How many scans there were. */
  scans: number;
  /** The colour transform that Adobe's segment names, where there is one. */
  adobe?: number;
  /** Whether there is a segment of JFIF's. */
  jfif: boolean;
}

/**
 * Checks a JPEG.
 *
 * Accepted are the Huffman-coded kinds (SOF0-2: baseline, extended, progressive) with 8 bits and 1,
 * 3 or 4 components. As in libjpeg, stray bytes before a marker are passed over. A height that is
 * named only behind the first scan (DNL) is found there.
 *
 * @param bytes The file.
 * @param maxPixels The largest width × height accepted.
 * @throws {Error} Saying what is wrong with the file (without its name).
 */
export function guardJpeg(bytes: Uint8Array, maxPixels: number): GuardedJpeg {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new Error("it is no JPEG");
  const walk: Walk = {
    quantization: new Set(),
    huffman: new Map(),
    tables: 0,
    restart: 0,
    begun: new Set(),
    scans: 0,
    jfif: false,
  };
  const segments: JpegSegment[] = [];
  let offset = 2;
  for (let count = 0;; count++) {
    if (count > MAX_SEGMENTS) throw new Error(`it has more than ${MAX_SEGMENTS} segments`);
    offset = findMarker(bytes, offset);
    const marker = bytes[offset + 1];
    if (marker === 0xd9) break; // EOI
    if (marker === 0xd8) throw new Error("another picture begins inside it");

    // NaN where the file ends; the comparisons below are false for it.
    const length = bytes[offset + 2] * 256 + bytes[offset + 3];
    if (!(length >= 2 && offset + 2 + length <= bytes.length)) {
      throw new Error(`the segment at byte ${offset} passes the end of the file`);
    }
    let body = bytes.subarray(offset + 4, offset + 2 + length);
    offset += 2 + length;
    let scan: JpegSegment["scan"];
    if (marker === 0xdc) continue; // DNL, the height: `readFrame` has found it
    if ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) {
      noteApplication(walk, marker, body);
      continue;
    }
    if (marker === 0xdb) noteQuantization(walk, body);
    else if (marker === 0xc4) noteHuffman(walk, body);
    else if (marker === 0xdd) {
      if (body.length !== 2) throw new Error("its restart interval is damaged");
      walk.restart = body[0] * 256 + body[1];
    } else if (marker === 0xda) {
      const { bits, ...begun } = noteScan(walk, body);
      const end = findMarker(bytes, offset);
      if (8 * (end - offset) < bits) {
        throw new Error(`scan ${walk.scans} is too short for its size`);
      }
      scan = { ...begun.scan, restart: walk.restart, data: bytes.subarray(offset, end) };
      offset = end;
    } else if (isFrame(marker)) {
      if (walk.frame) throw new Error("it has two frames");
      walk.frame = readFrame(marker, body, maxPixels, () => findLines(bytes, offset));
      body = withSize(body, walk.frame);
    } else {
      throw new Error(`marker 0x${marker.toString(16)} is out of place`); // it is reserved, or of no image
    }
    segments.push({ marker, body, scan });
  }
  const { frame, begun, scans, quantization } = walk;
  if (!frame || scans === 0) throw new Error("it holds no image");
  for (const [name, { table }] of frame.components) {
    if (!begun.has(name)) throw new Error(`no scan holds its component ${name}`);
    if (!quantization.has(table)) throw new Error(`quantization table ${table} is missing`);
  }
  if (frame.components.size === 4) segments.unshift(ADOBE);
  return { frame, segments, isTransformed: isTransformed(walk, frame) };
}

/**
 * Finds the offset of the next marker. Passed over are stray bytes before it, and each 0xFF that only
 * fills up, that is followed by a stuffed 0 (coded data), or that begins a restart marker.
 */
function findMarker(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code > 1 && code < 0xff && !(code >= 0xd0 && code <= 0xd7)) return at;
  }
  throw new Error("its image does not come to its end");
}

/** Finds the height that a DNL segment behind the first scan names; 0 where there is none. */
function findLines(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const [code, l1, l0, h1, h0] = bytes.subarray(at + 1, at + 6);
    if (code === 0xdc && l1 === 0 && l0 === 4) return h1 * 256 + h0;
  }
  return 0;
}

/** A frame's header with another size. */
export function withSize(body: Uint8Array, { width, height }: Size): Uint8Array {
  const resized = body.slice();
  resized.set([height >> 8, height & 255, width >> 8, width & 255], 1);
  return resized;
}

/**
 * Decides as libjpeg does: JFIF's segment stands for brightness and differences, else Adobe's decides,
 * else the names of the components; four components are inks unless Adobe's segment says otherwise.
 */
function isTransformed({ jfif, adobe }: Walk, { components }: JpegFrame): boolean {
  if (components.size === 4) return (adobe ?? 0) !== 0;
  if (jfif || components.size === 1) return true;
  return adobe !== undefined ? adobe !== 0 : String([...components.keys()]) !== "82,71,66"; // RGB
}

function noteApplication(walk: Walk, marker: number, body: Uint8Array): void {
  const begins = (text: string) => [...text].every((sign, i) => body[i] === sign.charCodeAt(0));
  if (marker === 0xe0 && begins("JFIF\0")) walk.jfif = true;
  if (marker === 0xee && begins("Adobe") && body.length >= 12) walk.adobe = body[11];
}

/** Notes quantization tables, which follow one another: each has 64 numbers of one byte or two. */
function noteQuantization({ quantization, scans }: Walk, segment: Uint8Array): void {
  for (let at = 0; at < segment.length;) {
    const [size, table] = [segment[at] >> 4, segment[at] & 15];
    at += 1 + 64 * (1 + size);
    if (size > 1 || table > 3 || at > segment.length) {
      throw new Error("a quantization table is damaged");
    }
    // jpeg-js knows only the last state of a table.
    if (scans > 0 && quantization.has(table)) {
      throw new Error(`it changes quantization table ${table} between scans`);
    }
    quantization.add(table);
  }
}

/** Notes Huffman tables: each has 16 counts, of its codes of each length, and then its symbols. */
function noteHuffman(walk: Walk, segment: Uint8Array): void {
  for (let at = 0; at < segment.length;) {
    if (++walk.tables > MAX_TABLES) throw new Error(`it has more than ${MAX_TABLES} tables`);
    const name = segment[at];
    const counts = segment.subarray(at + 1, at + 17);
    const count = counts.reduce((sum, count) => sum + count, 0);
    at += 17 + count;
    // A code that is not used leaves room for two of the next length.
    const room = counts.reduce((left, count) => Math.min(2 * left - count, 2 ** 16), 1);
    const symbols = segment.subarray(at - count, at);
    const known = (name & 15) < 4 && name < 0x20;
    const isTooBright = name < 0x10 && symbols.some((bits) => bits > 15);
    if (!known || count > 256 || room < 0 || at > segment.length || isTooBright) {
      throw new Error("a Huffman table is damaged");
    }
    walk.huffman.set(name, { counts, symbols });
  }
}

/** Whether a marker is SOF0 … SOF15; three codes in that range mean others (DHT, JPG, DAC). */
export function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function noteScan(walk: Walk, body: Uint8Array): ReturnType<typeof readScan> {
  const { frame, quantization, huffman, begun } = walk;
  if (!frame || quantization.size === 0 || huffman.size === 0) {
    throw new Error("its image starts before its size and tables are known");
  }
  const number = ++walk.scans;
  if (number > MAX_SCANS || number * frame.width * frame.height > MAX_SCANNED) {
    throw new Error(`it has more than ${number - 1} scans`);
  }
  return readScan(body, frame, { number, huffman, begun });
}

/** Adobe's segment, without which jpeg-js does not take four components for inks. */
const ADOBE: JpegSegment = {
  marker: 0xee,
  body: Uint8Array.from("Adobe".padEnd(12, "\0"), (sign) => sign.charCodeAt(0)),
};

/** Writes a file of these segments, and of nothing else. */
export function writeJpeg(segments: JpegSegment[]): Uint8Array {
  const parts = segments.flatMap(({ marker, body, scan }) => {
    const length = body.length + 2;
    const head = Uint8Array.of(0xff, marker, length >> 8, length & 255);
    return scan ? [head, body, scan.data] : [head, body];
  });
  const file = Buffer.concat([Uint8Array.of(0xff, 0xd8), ...parts, Uint8Array.of(0xff, 0xd9)]);
  return new Uint8Array(file.buffer, file.byteOffset, file.length);
}
