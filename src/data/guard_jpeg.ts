/**
 * Walks a JPEG's markers before it is decoded (ITU-T T.81, annex B): the shape is known, every table
 * and scan is complete and names what is there, and the image comes to its end. Flipped bits inside
 * the image stay unseen: JPEG has no checksum.
 *
 * @module
 */

/** Progressive files beyond this many scans are made to waste time; cameras write about ten. */
const MAX_SCANS = 64;
/** Pixels over all scans: a large picture may have 16 of them. */
const MAX_SCANNED = 2 ** 28;
/**
 * Samples over all components: those of 4096 × 4096 pixels with halved colours, or of fewer with
 * colours in full. jpeg-js takes 15 bytes for each.
 */
const MAX_SAMPLES = 1.5 * 2 ** 24;
/** Files beyond this many segments are made to waste time; cameras write fewer than a hundred. */
const MAX_SEGMENTS = 4096;

/** A JPEG that may be decoded. */
export interface GuardedJpeg {
  /** A file that shows the same picture, without applications' segments and what follows the end. */
  file: Uint8Array<ArrayBuffer>;
  /** Whether its three components are red, green and blue, instead of brightness and two of colour. */
  isRgb: boolean;
}

interface Frame {
  progressive: boolean;
  pixels: number;
  /** Component → the quantization table it uses, and its blocks of 64 samples, padding left out. */
  components: Map<number, { table: number; blocks: number }>;
}

/** What the walk has met so far. */
interface Walk {
  frame?: Frame;
  /** Numbers of the quantization tables, and class and number (0x1n for AC) of the Huffman tables. */
  quantization: Set<number>;
  huffman: Set<number>;
  /** Components whose mean brightnesses (DC) have come. */
  begun: Set<number>;
  scans: number;
  /** The colour transform that Adobe's segment names, and whether there is JFIF's. */
  adobe?: number;
  jfif: boolean;
}

/**
 * Checks a JPEG.
 *
 * Accepted are the Huffman-coded kinds (SOF0-2: baseline, extended, progressive) with 8 bits and 1
 * or 3 components.
 *
 * @param bytes The file.
 * @param maxPixels The largest width × height accepted.
 * @throws Error saying what is wrong with the file (without its name).
 */
export function guardJpeg(bytes: Uint8Array, maxPixels: number): GuardedJpeg {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new Error("it is no JPEG");
  const walk: Walk = {
    ...{ quantization: new Set(), huffman: new Set(), begun: new Set(), scans: 0, jfif: false },
  };
  const kept = [bytes.subarray(0, 2)];
  let offset = 2;
  for (let segments = 0;; segments++) {
    if (segments > MAX_SEGMENTS) throw new Error(`it has more than ${MAX_SEGMENTS} segments`);
    if (bytes[offset] !== 0xff) throw new Error(`byte ${offset} starts no segment, or is missing`);
    while (bytes[offset] === 0xff) offset++; // a marker may be padded with 0xFF
    const start = offset - 1;
    const marker = bytes[offset++];
    if (marker === 0xd9) break; // EOI

    // NaN where the file ends; the comparisons below are false for it.
    const length = bytes[offset] * 256 + bytes[offset + 1];
    if (!(length >= 2 && offset + length <= bytes.length)) {
      throw new Error(`the segment at byte ${offset} passes the end of the file`);
    }
    const segment = bytes.subarray(offset + 2, offset + length);
    offset += length;
    if ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) {
      noteApplication(walk, marker, segment);
      continue;
    }
    if (marker === 0xdb) noteQuantization(walk, segment);
    else if (marker === 0xc4) noteHuffman(walk, segment);
    else if (marker === 0xdd) {
      if (segment.length !== 2) throw new Error("its restart interval is damaged");
    } else if (marker === 0xda) {
      const bits = noteScan(walk, segment);
      const end = endOfScan(bytes, offset);
      if (8 * (end - offset) < bits) {
        throw new Error(`scan ${walk.scans} is too short for its size`);
      }
      offset = end;
    } else if (isFrame(marker)) {
      if (walk.frame) throw new Error("it has two frames");
      walk.frame = readFrame(marker, segment, maxPixels);
    } else {
      // Reserved codes, restarts and starts outside a scan, and a number of lines that comes late.
      throw new Error(`marker 0x${marker.toString(16)} is out of place`);
    }
    kept.push(bytes.subarray(start, offset));
  }
  const { frame, begun } = walk;
  if (!frame || walk.scans === 0) throw new Error("it holds no image");
  for (const [component, { table }] of frame.components) {
    if (!begun.has(component)) throw new Error(`no scan holds its component ${component}`);
    if (!walk.quantization.has(table)) throw new Error(`quantization table ${table} is missing`);
  }
  return { file: joinFile(kept), isRgb: isRgb(walk, frame) };
}

/**
 * As libjpeg has it: JFIF's segment stands for brightness and colour, else Adobe's decides, else the
 * names of the components.
 */
function isRgb({ jfif, adobe }: Walk, { components }: Frame): boolean {
  if (jfif || components.size !== 3) return false;
  return adobe !== undefined ? adobe === 0 : String([...components.keys()]) === "82,71,66"; // RGB
}

function noteApplication(walk: Walk, marker: number, segment: Uint8Array): void {
  const begins = (text: string) => [...text].every((sign, i) => segment[i] === sign.charCodeAt(0));
  if (marker === 0xe0 && begins("JFIF\0")) walk.jfif = true;
  if (marker === 0xee && begins("Adobe") && segment.length >= 12) walk.adobe = segment[11];
}

/** Tables of 64 numbers, of one byte or two, one after another. */
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

/** Tables of 16 counts, of the codes of each length, and as many symbols. */
function noteHuffman({ huffman }: Walk, segment: Uint8Array): void {
  for (let at = 0; at < segment.length;) {
    const name = segment[at];
    const counts = segment.subarray(at + 1, at + 17);
    const symbols = counts.reduce((sum, count) => sum + count, 0);
    at += 17 + symbols;
    // A code that is not used leaves room for two of the next length.
    const room = counts.reduce((left, count) => Math.min(2 * left - count, 2 ** 16), 1);
    const isDc = name < 0x10;
    const known = (name & 15) < 4 && name < 0x20;
    if (!known || symbols > 256 || room < 0 || at > segment.length) {
      throw new Error("a Huffman table is damaged");
    }
    if (isDc && segment.subarray(at - symbols, at).some((bits) => bits > 15)) {
      throw new Error("a Huffman table is damaged");
    }
    huffman.add(name);
  }
}

/** SOF0 … SOF15; three codes in that range mean something else (DHT, JPG, DAC). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function readFrame(marker: number, segment: Uint8Array, maxPixels: number): Frame {
  if (marker > 0xc2) throw new Error("it is lossless, hierarchical or arithmetic-coded");
  const [precision, h1, h0, w1, w0, count] = segment;
  const [height, width] = [h1 * 256 + h0, w1 * 256 + w0];
  if (precision !== 8) throw new Error(`it has ${precision} bits a sample instead of 8`);
  if (count !== 1 && count !== 3) {
    throw new Error(`it has ${count} colour components instead of 1 or 3 (CMYK?)`);
  }
  if (!(width * height >= 1 && width * height <= maxPixels)) {
    throw new Error(`${width} × ${height} pixels are not within 1 … ${maxPixels}`);
  }
  if (segment.length !== 6 + 3 * count) throw new Error("its frame header is damaged");
  const samplings = Array.from({ length: count }, (_, i) => segment[7 + 3 * i])
    .map((factors) => [factors >> 4, factors & 15]);
  for (const axis of [0, 1]) {
    const factors = samplings.map((sampling) => sampling[axis]);
    const most = Math.max(...factors);
    const odd = factors.find((factor) => factor < 1 || most > 4 || most % factor !== 0);
    if (odd !== undefined) throw new Error(`sampling ${odd} of ${most} is not read`);
  }
  const [wide, tall] = [0, 1].map((axis) => Math.max(...samplings.map((factors) => factors[axis])));
  const units = Math.ceil(width / 8 / wide) * Math.ceil(height / 8 / tall);
  const samples = samplings.reduce((sum, [h, v]) => sum + 64 * h * v * units, 0);
  if (samples > MAX_SAMPLES) throw new Error(`it has ${samples} samples, more than ${MAX_SAMPLES}`);
  const components: Frame["components"] = new Map();
  for (const [i, [h, v]] of samplings.entries()) {
    const [name, table] = [segment[6 + 3 * i], segment[8 + 3 * i]];
    if (components.has(name)) throw new Error(`it has two components ${name}`);
    const blocks = Math.floor(width * height * h * v / (wide * tall) / 64);
    components.set(name, { table, blocks });
  }
  return { progressive: marker === 0xc2, pixels: width * height, components };
}

/**
 * A scan names components of the frame and tables that are there, and what of a block it holds.
 *
 * @returns The bits that it has at least: one a block for a mean brightness, one more for the rest.
 */
function noteScan(walk: Walk, segment: Uint8Array): number {
  const { frame, quantization, huffman } = walk;
  if (!frame || quantization.size === 0 || huffman.size === 0) {
    throw new Error("its image starts before its size and tables are known");
  }
  const scans = ++walk.scans;
  if (scans > MAX_SCANS || scans * frame.pixels > MAX_SCANNED) {
    throw new Error(`it has more than ${scans - 1} scans`);
  }
  const [count] = segment;
  if (segment.length !== 4 + 2 * count || count < 1 || count > frame.components.size) {
    throw new Error(`the header of scan ${scans} is damaged`);
  }
  const [first, last, successive] = segment.subarray(1 + 2 * count);
  const [before, after] = [successive >> 4, successive & 15];
  if (frame.progressive) {
    // Mean brightnesses of all, or other frequencies of one; refined one bit at a time.
    const band = first === 0 ? last === 0 : first <= last && last <= 63 && count === 1;
    if (!band || after > 13 || (before > 0 && before !== after + 1)) {
      throw new Error(`scan ${scans} holds what no scan may`);
    }
  }
  const seen = new Set<number>();
  let bits = 0;
  for (let i = 1; i <= 2 * count; i += 2) {
    const [name, tables] = segment.subarray(i, i + 2);
    if (!frame.components.has(name) || seen.has(name)) {
      throw new Error(`scan ${scans} names component ${name}, which is not there or came already`);
    }
    seen.add(name);
    const needsDc = !frame.progressive || (first === 0 && before === 0);
    const needsAc = !frame.progressive || first > 0;
    const [dc, ac] = [tables >> 4, 0x10 | (tables & 15)];
    if ((needsDc && !huffman.has(dc)) || (needsAc && !huffman.has(ac))) {
      throw new Error(`a Huffman table of scan ${scans} is missing`);
    }
    if (needsDc) {
      walk.begun.add(name);
      bits += frame.components.get(name)!.blocks * (needsAc ? 2 : 1);
    } else if (!walk.begun.has(name)) throw new Error(`scan ${scans} refines what has not come`);
  }
  return bits;
}

/** The offset of the first marker after coded data: 0xFF not stuffed (00) and no restart (D0-D7). */
function endOfScan(bytes: Uint8Array, start: number): number {
  let offset = bytes.indexOf(0xff, start);
  while (offset >= 0) {
    const next = bytes[offset + 1];
    if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return offset;
    offset = bytes.indexOf(0xff, offset + 2);
  }
  throw new Error("its image does not come to its end");
}

/** The kept parts and the marker of the end. */
function joinFile(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 2));
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  file.set([0xff, 0xd9], offset);
  return file;
}
