/**
 * Leaves out of a JPEG the MCUs that hold no wanted pixel. Most are not needed where a large picture
 * becomes a small one, and jpeg-js takes 15 bytes for each sample. What is kept shows the same, to the
 * bit: frequencies are copied, not computed (ITU-T T.81, annexes F and G).
 *
 * @module
 */
import { type GuardedJpeg, isFrame, type JpegSegment, withSize } from "./guard_jpeg.ts";
import { BitReader, BitWriter, type Codes, listCodes } from "./jpeg_bits.ts";
import type { JpegFrame } from "./jpeg_frame.ts";
import type { Wanted } from "./resize.ts";

/** What is kept along one axis. */
interface Axis {
  /** For each MCU its place among those that are kept; −1 for one that is left out. */
  places: Int32Array;
  /** How many pixels are kept. */
  size: number;
  /** Where the wanted pixels are among those that are kept. */
  wanted: number[];
}

/** One component in a scan. */
interface Member {
  /** Its blocks in an MCU. */
  blocks: number;
  /** The codes of its means, where the scan has some. */
  dc?: Codes;
  /** The codes of its other frequencies, where the scan has some. */
  ac?: Codes;
  /** The mean of the block before, in the file. */
  read: number;
  /** The mean of the block before, among those that are kept. */
  written: number;
  /** In a progressive picture, which of the 64 frequencies are not 0 so far: two words a block. */
  known?: Uint32Array;
}

/** New codes for everything: a DC symbol in five bits, an AC symbol in eight. */
const TABLES: JpegSegment = {
  marker: 0xc4,
  body: Uint8Array.from([
    ...[0x00, ...counts(5, 16), ...Array(16).keys()],
    ...[0x10, ...counts(8, 255), ...Array(255).keys()],
  ]),
};

function counts(bits: number, codes: number): number[] {
  return Array.from({ length: 16 }, (_, i) => i === bits - 1 ? codes : 0);
}

/**
 * Thins a picture.
 *
 * @param whole The picture; it stays as it is.
 * @param rows The wanted rows, ascending.
 * @param columns The wanted columns, ascending.
 * @returns A picture that shows less, and where in it the wanted rows and columns are.
 * @throws {Error} Saying what is wrong with its coded data, all of which are read.
 */
export function thinJpeg(
  whole: GuardedJpeg,
  rows: number[],
  columns: number[],
): GuardedJpeg & Wanted {
  const { most } = whole.frame;
  const down = choose(rows, whole.frame.height, 8 * most.v);
  const across = choose(columns, whole.frame.width, 8 * most.h);
  const frame = { ...whole.frame, width: across.size, height: down.size };
  const known = new Map<number, Uint32Array>();
  const segments = whole.segments.flatMap((segment): JpegSegment[] => {
    const { marker, body, scan } = segment;
    if (marker === 0xc4 || marker === 0xdd) return []; // new codes replace them, and restarts are left out
    if (isFrame(marker)) return [{ marker, body: withSize(body, frame) }, TABLES];
    if (!scan) return [segment];
    const head = body.slice();
    for (let i = 2; i <= 2 * scan.components.length; i += 2) head[i] = 0; // the tables' numbers
    const data = thinScan(scan, whole.frame, [down, across], known);
    return [{ marker, body: head, scan: { ...scan, data } }];
  });
  return { ...whole, frame, segments, rows: down.wanted, columns: across.wanted };
}

/** Chooses the MCUs of `side` pixels that hold a wanted pixel. */
function choose(wanted: number[], size: number, side: number): Axis {
  const places = new Int32Array(Math.ceil(size / side)).fill(-1);
  let kept = 0;
  for (const i of wanted) {
    const unit = Math.floor(i / side);
    if (places[unit] < 0) places[unit] = kept++;
  }
  const cut = places.at(-1)! < 0 ? 0 : places.length * side - size; // from the last MCU
  return {
    places,
    size: kept * side - cut,
    wanted: wanted.map((i) => places[Math.floor(i / side)] * side + i % side),
  };
}

function thinScan(
  scan: NonNullable<JpegSegment["scan"]>,
  { width, height, components, most, progressive }: JpegFrame,
  [down, across]: [Axis, Axis],
  known: Map<number, Uint32Array>,
): Uint8Array<ArrayBuffer> {
  const { first, last, refines, restart } = scan;
  // A component alone comes block by block, without the blocks that only fill up MCUs.
  const alone = scan.components.length === 1;
  const { h, v } = alone ? components.get(scan.components[0].name)! : { h: 1, v: 1 };
  const columns = Math.ceil(width * h / most.h / 8), rows = Math.ceil(height * v / most.v / 8);
  const members = scan.components.map(({ name, dc, ac }): Member => {
    const { h, v } = components.get(name)!;
    if (progressive && ac && !known.has(name)) known.set(name, new Uint32Array(2 * rows * columns));
    return {
      blocks: alone ? 1 : h * v,
      dc: dc && listCodes(dc),
      ac: ac && listCodes(ac),
      known: known.get(name),
      read: 0,
      written: 0,
    };
  });
  const reader = new BitReader(scan.data), writer = new BitWriter();
  let isKept = false, run = 0;

  const copyBits = (count: number): number => {
    const bits = reader.bits(count);
    if (isKept) writer.put(bits, count);
    return bits;
  };

  /** Copies a mean, which is coded as the difference to the one before. */
  const copyMean = (member: Member): void => {
    const size = reader.symbol(member.dc!), bits = reader.bits(size);
    member.read += bits < 2 ** size / 2 ? bits - 2 ** size + 1 : bits;
    if (!isKept) return;
    const difference = member.read - member.written;
    const needed = 32 - Math.clz32(Math.abs(difference));
    if (needed > 15) throw new Error("a brightness of its image is out of range");
    writer.put(needed, 5);
    writer.put(difference < 0 ? difference + 2 ** needed - 1 : difference, needed);
    member.written = member.read;
  };

  /** Copies frequencies that come for the first time: runs of zeros, each with what ends it. */
  const copyFrequencies = ({ ac, known }: Member, block: number): void => {
    if (run === 0) {
      for (let k = Math.max(first, 1); k <= last; k++) {
        const symbol = reader.symbol(ac!), zeros = symbol >> 4, size = symbol & 15;
        if (size === 0 && zeros < 15) { // the rest is 0; in a progressive picture, of more blocks too
          run = progressive ? 2 ** zeros + reader.bits(zeros) : 1;
          break;
        }
        if (isKept) writer.put(symbol, 8);
        copyBits(size);
        k += zeros;
        if (known && size > 0 && k < 64) known[2 * block + (k >> 5)] |= 1 << (k & 31);
      }
    }
    if (run === 0) return;
    if (isKept) writer.put(0, 8);
    run--;
  };

  /** Copies one more bit of the frequencies that are not 0, and those that now cease to be 0. */
  const refineFrequencies = ({ ac, known }: Member, block: number): void => {
    const isKnown = (k: number) => (known![2 * block + (k >> 5)] >>> (k & 31) & 1) === 1;
    let k = first;
    while (run === 0 && k <= last) {
      const symbol = reader.symbol(ac!), size = symbol & 15;
      let zeros = symbol >> 4;
      if (size === 0 && zeros < 15) {
        run = 2 ** zeros + reader.bits(zeros);
        break;
      }
      if (size > 1) throw new Error("a code of its image does not exist");
      if (isKept) writer.put(symbol, 8);
      copyBits(size);
      for (; k <= last && (isKnown(k) || zeros-- > 0); k++) {
        if (isKnown(k)) copyBits(1);
      }
      if (size > 0 && k <= last) known![2 * block + (k >> 5)] |= 1 << (k & 31);
      k++;
    }
    if (run === 0) return;
    if (isKept) writer.put(0, 8);
    run--;
    if ((known![2 * block] | known![2 * block + 1]) === 0) return;
    for (; k <= last; k++) if (isKnown(k)) copyBits(1);
  };

  for (let unit = 0; unit < rows * columns; unit++) {
    if (restart > 0 && unit > 0 && unit % restart === 0) {
      reader.restart();
      run = 0;
      for (const member of members) member.read = 0;
    }
    const row = Math.floor(unit / columns), column = unit % columns;
    isKept = down.places[Math.floor(row / v)] >= 0 && across.places[Math.floor(column / h)] >= 0;
    for (const member of members) {
      for (let block = 0; block < member.blocks; block++) {
        if (first === 0 && refines) copyBits(1);
        else if (first === 0) copyMean(member);
        if (last > 0 && refines) refineFrequencies(member, unit);
        else if (last > 0) copyFrequencies(member, unit);
      }
    }
  }
  return writer.finish();
}
