/**
 * Whether a value read from a file is a network, with all that is wrong with it at once.
 *
 * @module
 */
import { closest } from "../closest.ts";
import type { Head, NetworkDesign } from "./design.ts";
import { type ConvBlock, MOST_POOL, pooledSide } from "./layout.ts";

/** A whole number that a field holds, in `least` … `most`. */
interface WholeNumber {
  least: number;
  most: number;
  example: number;
}

/** The fields of a block, in an order in which each may follow from those before where it is left out. */
const BLOCK: Record<keyof ConvBlock, WholeNumber & { fallback?: (block: ConvBlock) => number }> = {
  kernel: { least: 1, most: 15, example: 5 }, // shaders unroll it
  filters: { least: 1, most: 4096, example: 8 },
  stride: { least: 1, most: 64, example: 1, fallback: () => 1 },
  pool: { least: 1, most: MOST_POOL, example: 2, fallback: () => 1 },
  poolStride: { least: 1, most: 64, example: 2, fallback: ({ pool }) => pool },
};
const SIDE: WholeNumber = { least: 1, most: 4096, example: 64 };
const WIDTH: WholeNumber = { least: 1, most: 65_536, example: 128 };
/** What stands for the side of images and for dropout rates that are left out. */
const [INPUT, RATE] = [200, 0.5];
const SOME_BLOCKS = `[{"kernel": 5, "filters": 8, "pool": 2}]`;

/**
 * Makes a network of a value such as `{"blocks": [{"kernel": 3, "filters": 8, "pool": 2}]}`. What is left
 * out: input is 200, stride 1, pool 1 (which pools nothing), poolStride as pool; there are no hidden dense
 * layers; each dropout is 0.5, in phase 2 as the last of phase 1.
 *
 * @param name What to call it in the message.
 * @throws {TypeError} naming all fields that are wrong, a line each: the value, and what would do.
 */
export function checkDesign(value: unknown, name: string): NetworkDesign {
  const faults: string[] = [];
  const design = isObject(value) ? readDesign(value, faults) : undefined;
  if (!design) faults.push(`it is ${cut(value)}; give {"blocks": ${SOME_BLOCKS}}`);
  if (design && faults.length === 0) return design;
  throw new TypeError(`Cannot use the network ${name}:\n  ${faults.join("\n  ")}`);
}

type Fields = Record<string, unknown>;

function readDesign(value: Fields, faults: string[]): NetworkDesign {
  const known = ["input", "blocks", "dense", "dropout", "phase2"];
  const { input = INPUT, blocks, phase2 = {}, ...own } = readFields("", value, known, faults);
  const side = readWhole("input", input, SIDE, faults);
  const read = { input: side, blocks: readBlocks(blocks, faults) };
  const head = readHead("", own, RATE, faults);
  const [last] = head.dropout.slice(-1);
  const other = readFields("phase2", phase2, ["dense", "dropout"], faults);
  const design = { ...read, ...head, phase2: readHead("phase2.", other, last, faults) };
  faults.push(...findSmallMap(design));
  return design;
}

function readBlocks(blocks: unknown, faults: string[]): ConvBlock[] {
  if (!Array.isArray(blocks) || blocks.length === 0) {
    faults.push(`${state("blocks", blocks)}; give a list of blocks, such as ${SOME_BLOCKS}`);
    return [];
  }
  return blocks.map((value, i) => {
    const path = `blocks[${i}]`;
    const fields = readFields(path, value, Object.keys(BLOCK), faults);
    const block = {} as ConvBlock;
    if (!isObject(value)) return block; // which has been said
    for (const [name, { fallback, ...wanted }] of Object.entries(BLOCK)) {
      const given = fields[name];
      block[name as keyof ConvBlock] = given === undefined && fallback
        ? fallback(block)
        : readWhole(`${path}.${name}`, given, wanted, faults);
    }
    return block;
  });
}

/** @param rate The dropout where none is given. */
function readHead(path: string, fields: Fields, rate: number, faults: string[]): Head {
  const { dense: widths = [], dropout } = fields;
  const dense = readList(`${path}dense`, widths, "widths, such as [128]; [] for none", faults)
    .map((width, i) => readWhole(`${path}dense[${i}]`, width, WIDTH, faults));
  const layers = dense.length + 1;
  if (dropout === undefined) return { dense, dropout: Array(layers).fill(rate) };
  const example = JSON.stringify(Array(layers).fill(RATE));
  const wanted = layers === 1
    ? `one rate, that before the classes, such as ${example}`
    : `${layers} rates, one before each hidden dense layer and one before the classes, such as ${example}`;
  const rates = readList(`${path}dropout`, dropout, wanted, faults);
  if (Array.isArray(dropout) && rates.length !== layers) {
    faults.push(`${state(`${path}dropout`, dropout)}; give ${wanted}`);
  }
  rates.forEach((rate, i) => {
    if (typeof rate === "number" && rate >= 0 && rate < 1) return;
    faults.push(`${state(`${path}dropout[${i}]`, rate)}; give a number ≥ 0 and < 1, such as 0.5`);
  });
  return { dense, dropout: rates as number[] };
}

/** The fields of an object, of which those that are not known are faults. */
function readFields(
  path: string,
  value: unknown,
  known: readonly string[],
  faults: string[],
): Fields {
  if (!isObject(value)) {
    faults.push(`${state(path, value)}; give fields in braces: ${known.join(", ")}`);
    return {};
  }
  for (const name of Object.keys(value).filter((name) => !known.includes(name))) {
    const near = closest(name.toLowerCase(), known);
    faults.push(
      `${state(path ? `${path}.${name}` : name, value[name])}, but there is no such field; ` +
        (near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`),
    );
  }
  return value;
}

function readList(path: string, value: unknown, wanted: string, faults: string[]): unknown[] {
  if (Array.isArray(value)) return value;
  faults.push(`${state(path, value)}; give a list of ${wanted}`);
  return [];
}

function readWhole(
  path: string,
  value: unknown,
  { least, most, example }: WholeNumber,
  faults: string[],
): number {
  if (Number.isInteger(value) && least <= Number(value) && Number(value) <= most) {
    return Number(value);
  }
  const wanted = `a whole number from ${least} to ${most}, such as ${example}`;
  faults.push(`${state(path, value)}; give ${wanted}`);
  return NaN;
}

/** The first pool that is larger than what it pools. */
function findSmallMap({ input, blocks }: NetworkDesign): string[] {
  let side = input;
  for (const [i, block] of blocks.entries()) {
    const { stride, pool } = block, map = Math.ceil(side / stride);
    if (pool > map) {
      return [
        `blocks[${i}].pool is ${pool}, but the map that it pools is ${map}×${map} where images are ` +
        `${input}×${input}; give ${map === 1 ? "1" : `1 to ${map}`}, or larger images as input`,
      ];
    }
    side = pooledSide(map, block);
  }
  return [];
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field and its value, in words. */
function state(path: string, value: unknown): string {
  return `${path} is ${value === undefined ? "missing" : cut(value)}`;
}

/** The beginning of a value as JSON. */
function cut(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
