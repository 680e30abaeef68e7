/**
 * What a JPEG's frame and scans say that they hold, checked (ITU-T T.81, annex B).
 *
 * @module
 */
import type { HuffmanTable } from "./jpeg_bits.ts";
import type { Size } from "./resize.ts";
import { checkSize, Unread } from "./unread.ts";

/** A picture's shape. */
export interface JpegFrame extends Size {
  /** Whether scans bring bands and bits of the frequencies, instead of all of them at once. */
  progressive: boolean;
  /**
   * The components by the numbers that scans call them, in the order of the file: each one's columns (h)
   * and rows (v) of blocks in an MCU, and the number of its quantization table.
   */
  components: Map<number, { h: number; v: number; table: number }>;
  /** The most columns and rows of blocks that a component has in an MCU. */
  most: { h: number; v: number };
}

/** What a scan holds. */
export interface JpegScan {
  /** Its components, and what decodes their means (DC) and other frequencies (AC), where needed. */
  components: { name: number; dc?: HuffmanTable; ac?: HuffmanTable }[];
  /** The first frequency. */
  first: number;
  /** The last frequency. */
  last: number;
  /** Whether the frequencies came before, and this is a further bit of each. */
  refines: boolean;
}

/**
 * Reads a frame's header.
 *
 * @param marker 0xC0 … 0xCF.
 * @param body The segment without marker and length.
 * @param maxPixels The largest width × height accepted.
 * @param lines Finds the height, where the header leaves it open.
 * @throws {Error} Saying what is not read or damaged.
 */
export function readFrame(
  marker: number,
  body: Uint8Array,
  maxPixels: number,
  lines: () => number,
): JpegFrame {
  if (marker > 0xc2) {
    const kind = marker % 4 === 3
      ? "a lossless"
      : marker & 4
      ? "a hierarchical"
      : "an arithmetic-coded";
    throw new Unread(`it is ${kind} JPEG, which is not read`, "convert");
  }
  const [precision, h1, h0, w1, w0, count] = body;
  if (body.length !== 6 + 3 * count) throw new Error("its frame header is damaged");
  const [height, width] = [h1 * 256 + h0 || lines(), w1 * 256 + w0];
  if (precision === 12) throw new Unread("it is a JPEG of 12 bits, and 8 are read", "convert");
  if (precision !== 8) throw new Error(`it has ${precision} bits a sample instead of 8`);
  if (![1, 3, 4].includes(count)) {
    throw new Error(`it has ${count} colour components instead of 1, 3 or 4`);
  }
  checkSize(width, height, maxPixels);
  const components: JpegFrame["components"] = new Map();
  for (let i = 6; i < body.length; i += 3) {
    const [name, factors, table] = body.subarray(i, i + 3);
    if (components.has(name)) throw new Error(`it has two components ${name}`);
    components.set(name, { h: factors >> 4, v: factors & 15, table });
  }
  const factors = (axis: "h" | "v") => [...components.values()].map((component) => component[axis]);
  const most = { h: Math.max(...factors("h")), v: Math.max(...factors("v")) };
  for (const axis of ["h", "v"] as const) {
    const odd = factors(axis).find((f) => f < 1 || most[axis] > 4 || most[axis] % f !== 0);
    if (odd !== undefined) throw new Error(`sampling ${odd} of ${most[axis]} is not read`);
  }
  return { progressive: marker === 0xc2, width, height, components, most };
}

/** What is known when a scan begins. */
export interface BeforeScan {
  /** The number of this scan, from 1. */
  number: number;
  /** Huffman tables by class and number: 0x0n for DC, 0x1n for AC. */
  huffman: Map<number, HuffmanTable>;
  /** Names of components whose means have come; those of this scan are added. */
  begun: Set<number>;
}

/**
 * Reads a scan's header: it names components of the frame and tables that are there, and what of a
 * block it holds.
 *
 * @returns The scan, and the fewest bits that it may have: one a block for the mean, and one more for
 *   its other frequencies.
 * @throws {Error} Saying what is wrong with it.
 */
export function readScan(
  body: Uint8Array,
  { progressive, width, height, components, most }: JpegFrame,
  { number, huffman, begun }: BeforeScan,
): { scan: JpegScan; bits: number } {
  const [count] = body;
  if (body.length !== 4 + 2 * count || count < 1 || count > components.size) {
    throw new Error(`the header of scan ${number} is damaged`);
  }
  const [first, last, successive] = progressive ? body.subarray(1 + 2 * count) : [0, 63, 0];
  const [before, after] = [successive >> 4, successive & 15];
  if (progressive) {
    // It holds means, or other frequencies of one component, and refines one bit at a time.
    const band = first === 0 ? last === 0 : first <= last && last <= 63 && count === 1;
    if (!band || after > 13 || (before > 0 && before !== after + 1)) {
      throw new Error(`scan ${number} holds what no scan may`);
    }
  }
  const scan: JpegScan = { components: [], first, last, refines: before > 0 };
  let bits = 0;
  for (let i = 1; i <= 2 * count; i += 2) {
    const [name, tables] = body.subarray(i, i + 2);
    const component = components.get(name);
    if (!component || scan.components.some((other) => other.name === name)) {
      throw new Error(`scan ${number} names component ${name}, which is not there or came already`);
    }
    const needsDc = first === 0 && !scan.refines, needsAc = last > 0;
    const dc = needsDc ? huffman.get(tables >> 4) : undefined;
    const ac = needsAc ? huffman.get(0x10 | (tables & 15)) : undefined;
    if ((needsDc && !dc) || (needsAc && !ac)) {
      throw new Error(`a Huffman table of scan ${number} is missing`);
    }
    scan.components.push({ name, dc, ac });
    if (needsDc) {
      begun.add(name);
      // Blocks that only fill up MCUs do not count.
      const blocks = width * height * component.h * component.v / (most.h * most.v) / 64;
      bits += Math.floor(blocks) * (needsAc ? 2 : 1);
    } else if (!begun.has(name)) throw new Error(`scan ${number} refines what has not come`);
  }
  return { scan, bits };
}
