/**
 * NumPy's .npy files: a magic, a header that is a Python dict, then the bare numbers.
 *
 * The format is `numpy.lib.format`, versions 1.0 to 3.0 (they differ in the header's length field
 * and encoding). Files are written as 1.0, little-endian (as is every machine that runs Deno), in C
 * order.
 *
 * @module
 */
import { readFile, writeFile } from "./files.ts";
import { cannotRead } from "./refusal.ts";

/** A dense array in C order: the last axis varies fastest. */
export interface NdArray {
  /** Length of every axis; empty for a scalar. */
  shape: number[];
  /** As many numbers as the product of `shape`. */
  data:
    | Float32Array<ArrayBuffer>
    | Float64Array<ArrayBuffer>
    | Int32Array<ArrayBuffer>
    | Uint8Array<ArrayBuffer>;
}

/** What a header says. */
export interface NpyHeader {
  /** The type of an element as NumPy writes it: order of bytes, kind, bytes. */
  descr: string;
  /** Whether the first axis varies fastest. */
  fortranOrder: boolean;
  /** The length of every axis. */
  shape: number[];
  /** Where the numbers begin, in bytes. */
  start: number;
}

/** Reads one element as its type wants it. */
type Get = (view: DataView, at: number, littleEndian: boolean) => number | bigint;

/** By code: bytes per element, and the array it becomes here (of which the first code is written). */
const ELEMENT_TYPES = new Map([
  ["f4", { size: 4, Data: Float32Array, get: (v, at, little) => v.getFloat32(at, little) }],
  ["f8", { size: 8, Data: Float64Array, get: (v, at, little) => v.getFloat64(at, little) }],
  ["f2", { size: 2, Data: Float32Array, get: (v, at, little) => v.getFloat16(at, little) }],
  ["i4", { size: 4, Data: Int32Array, get: (v, at, little) => v.getInt32(at, little) }],
  ["i8", { size: 8, Data: Int32Array, get: (v, at, little) => v.getBigInt64(at, little) }],
  ["u1", { size: 1, Data: Uint8Array, get: (v, at) => v.getUint8(at) }],
  ["b1", { size: 1, Data: Uint8Array, get: (v, at) => v.getUint8(at) }],
] as [string, { size: number; Data: new (count: number) => NdArray["data"]; get: Get }][]);

const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];

/**
 * Reads an .npy file, see {@link parseNpy}.
 *
 * @throws {Error} naming the file if it is missing, too large (1 GiB) or not what it should be.
 */
export async function readNpy(path: string): Promise<NdArray> {
  return parseNpy(await readFile(path), path);
}

/**
 * Writes an .npy file atomically, see {@link formatNpy}.
 *
 * @throws {TypeError} if shape and data disagree.
 * @throws {Error} naming the file if the disk refuses.
 */
export async function writeNpy(path: string, array: NdArray): Promise<void> {
  await writeFile(path, formatNpy(array));
}

/**
 * Decodes an .npy file; big-endian and Fortran-ordered ones become native and C-ordered.
 *
 * @param bytes The whole file. Element types f4, f8, f2 (becomes float32), i4, i8 (becomes int32), u1, b1 (becomes 0, 1).
 * @param name What errors call it, usually the path.
 * @throws {TypeError} for another element type.
 * @throws {RangeError} for an i8 that int32 cannot hold.
 * @throws {Error} if this is not an .npy file, or has more or fewer bytes than its header says.
 */
export function parseNpy(bytes: Uint8Array, name = "the array"): NdArray {
  const { descr, fortranOrder, shape, start } = parseNpyHeader(bytes, name);
  const type = ELEMENT_TYPES.get(descr.slice(1));
  if (!type || !"<>|".includes(descr[0])) {
    const known = [...ELEMENT_TYPES.keys()].join(", ");
    throw new TypeError(`Cannot read ${name}: its element type ${descr} is none of ${known}`);
  }
  const count = product(shape);
  const present = bytes.length - start, wanted = count * type.size;
  if (present !== wanted) {
    const need = `shape (${shape.join(", ")}) of ${descr} needs ${wanted}`;
    throw cannotRead(name, `${present} bytes of data, but ${need}`);
  }

  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const data = new type.Data(count);
  for (let i = 0; i < count; i++) {
    const position = fortranOrder ? fortranPosition(i, shape) : i;
    const value = type.get(view, position * type.size, descr[0] !== ">");
    data[i] = Number(value);
    if (typeof value === "bigint" && BigInt(data[i]) !== value) {
      throw new RangeError(`Cannot read ${name}: its element ${value} does not fit int32`);
    }
  }
  return { shape, data };
}

/**
 * Encodes an array as NumPy saves it; the header is padded so that the data start at a multiple of
 * 64 bytes.
 *
 * @throws {TypeError} if shape and data disagree, or the data are no type of {@link NdArray}.
 */
export function formatNpy({ shape, data }: NdArray): Uint8Array<ArrayBuffer> {
  const code = [...ELEMENT_TYPES].find(([, type]) => data instanceof type.Data)?.[0];
  if (!code || product(shape) !== data.length) {
    const kind = Object.prototype.toString.call(data).slice(8, -1);
    throw new TypeError(
      `Cannot write a ${kind} of ${data.length} as an array of shape (${shape.join(", ")})`,
    );
  }
  const descr = (code === "u1" ? "|" : "<") + code;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = Math.ceil((10 + dict.length + 1) / 64) * 64; // magic 6, version 2, length 2, dict, \n
  const header = dict.padEnd(start - 10 - 1) + "\n";

  const bytes = new Uint8Array(start + data.byteLength);
  bytes.set([...MAGIC, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return bytes;
}

/**
 * Reads the header alone.
 *
 * @param bytes The start of the file, at least the whole header.
 * @returns What the numbers are (`<f4`), how they lie, and where they begin.
 * @throws {Failure} "input", naming the file, if this is no .npy file or its header is damaged.
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) {
    throw cannotRead(name, "it is not an .npy file");
  }
  if (bytes.length < 12) throw cannotRead(name, "it ends inside its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version < 1 || version > 3) {
    throw cannotRead(name, `its .npy version is ${version}, not 1, 2 or 3`);
  }
  const headerStart = version === 1 ? 10 : 12;
  const start = headerStart + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < start) throw cannotRead(name, "it ends inside its header");

  const header = new TextDecoder().decode(bytes.subarray(headerStart, start));
  const descr = /'descr':\s*(?:'([^']*)'|(\[.*?\]))/.exec(header); // a list is a record type
  const order = /'fortran_order':\s*(True|False)/.exec(header);
  const tuple = /'shape':\s*\(([\d,\sL]*)\)/.exec(header); // Python 2 wrote 3L
  if (!descr || !order || !tuple) {
    throw cannotRead(name, "its header lacks descr, fortran_order or shape");
  }
  const shape = [...tuple[1].matchAll(/\d+/g)].map(Number);
  return { descr: descr[1] ?? descr[2], fortranOrder: order[1] === "True", shape, start };
}

/** The position, where the first axis varies fastest, of the element that is i-th in C order. */
function fortranPosition(i: number, shape: number[]): number {
  let position = 0, stride = product(shape);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    stride /= shape[axis];
    position += (i % shape[axis]) * stride;
    i = Math.floor(i / shape[axis]);
  }
  return position;
}

/** The numbers in an array of this shape. */
export function product(shape: readonly number[]): number {
  return shape.reduce((total, length) => total * length, 1);
}
