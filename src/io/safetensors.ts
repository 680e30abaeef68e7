/**
 * `.safetensors`, in which PyTorch's and others' weights are shared: a JSON header, then bare numbers.
 *
 *     8 bytes   the header's length, little-endian
 *     header    {"conv1.weight": {"dtype": "F32", "shape": [64, 3, 7, 7], "data_offsets": [0, 37632]}, …}
 *     numbers   little-endian, C order, one tensor behind the other without gaps
 *
 * Only the header is read at once, a tensor when it is asked for.
 *
 * @module
 */
import { fileSize, readPart } from "./files.ts";
import { fromBrain, fromHalf } from "./half.ts";
import { type NdArray, product } from "./npy.ts";
import { cannotRead } from "./refusal.ts";
import { faultOfSize, type StoredTensor, WHOLE_NUMBERS } from "./tensors.ts";

/** The format's own limit. */
const MOST_HEADER = 100_000_000;

/** Bytes a number, and how the numbers are read where they are real. */
const TYPES = new Map<string, { size: number; read?(bytes: ArrayBuffer): NdArray["data"] }>([
  ["F64", { size: 8, read: (bytes) => new Float64Array(bytes) }],
  ["F32", { size: 4, read: (bytes) => new Float32Array(bytes) }],
  ["F16", { size: 2, read: (bytes) => fromHalf(new Uint16Array(bytes)) }],
  ["BF16", { size: 2, read: (bytes) => fromBrain(new Uint16Array(bytes)) }],
  ...["I64", "U64", "C64"].map((type) => [type, { size: 8 }] as const),
  ...["I32", "U32"].map((type) => [type, { size: 4 }] as const),
  ...["I16", "U16"].map((type) => [type, { size: 2 }] as const),
  ...["I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2"].map((type) => [type, { size: 1 }] as const),
]);

/** Where a tensor lies. */
interface Entry {
  name: string;
  type: string;
  shape: number[];
  /** In the file. */
  begin: number;
  end: number;
}

/**
 * Lists the tensors of a file, in the order of its header.
 *
 * @throws {Failure} "input", naming the file, and the tensor where it is one's fault.
 */
export async function listSafetensors(path: string): Promise<StoredTensor[]> {
  const size = await fileSize(path);
  const prefix = await readPart(path, 0, 8);
  const refuse = (state: string) => cannotRead(path, `${state}; get or save the file again`);
  if (prefix.length < 8) throw refuse("it ends inside its header");
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > MOST_HEADER) {
    throw refuse(`its header is said to have ${length} bytes, more than safetensors allows`);
  }
  const start = 8 + length;
  if (start > size) throw refuse(`its header of ${length} bytes passes the end of its ${size}`);
  const entries = parseSafetensors(await readPart(path, 8, length), { start, size }, refuse);
  return entries.map(({ name, type, shape, begin, end }) => ({
    name,
    shape,
    fault: faultOfType(type) ?? faultOfSize(end - begin),
    async read() {
      const { buffer, length } = await readPart(path, begin, end - begin);
      if (length < end - begin) throw refuse(`tensor "${name}" ends early`);
      return { shape, data: TYPES.get(type)!.read!(buffer) };
    },
  }));
}

/**
 * Reads a header.
 *
 * @param bounds Where the numbers start and the file ends, in bytes.
 * @param refuse Makes the error of what is wrong.
 * @throws What `refuse` makes, where a tensor is not described as it must be, or tensors overlap or
 * leave gaps: what is between them could be anything.
 */
export function parseSafetensors(
  header: Uint8Array,
  { start, size }: { start: number; size: number },
  refuse: (state: string) => Error,
): Entry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch (error) {
    throw refuse(`its header is no JSON (${(error as Error).message})`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw refuse("its header is no JSON object of tensors");
  }
  const entries = Object.entries(parsed).filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => parseEntry(name, value, start, refuse));

  let end = start, before = "the header";
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const what = entry.begin < end ? "overlaps" : "leaves a gap behind";
      throw refuse(`tensor "${entry.name}" ${what} ${before}`);
    }
    if (entry.end > size) {
      throw refuse(`tensor "${entry.name}" ends at byte ${entry.end}, the file at ${size}`);
    }
    end = entry.end;
    before = `tensor "${entry.name}"`;
  }
  if (end < size) throw refuse(`${size - end} bytes behind ${before} belong to no tensor`);
  return entries;
}

function parseEntry(
  name: string,
  value: unknown,
  start: number,
  refuse: (state: string) => Error,
): Entry {
  const { dtype: type, shape, data_offsets: offsets } = Object(value);
  if (typeof type !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw refuse(
      `tensor "${name}" is described as ${JSON.stringify(value)}, not by dtype, shape and ` +
        `data_offsets`,
    );
  }
  const [first, last] = offsets;
  const wanted = (TYPES.get(type)?.size ?? NaN) * product(shape);
  if (last < first || (!Number.isNaN(wanted) && last - first !== wanted)) {
    throw refuse(
      `tensor "${name}" has ${last - first} bytes, but shape (${shape.join(", ")}) of ${type} ` +
        `needs ${wanted}`,
    );
  }
  return { name, type, shape, begin: start + first, end: start + last };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((it) => Number.isSafeInteger(it) && it >= 0);
}

function faultOfType(type: string): string | undefined {
  if (TYPES.get(type)?.read) return undefined;
  return /^[IU]\d/.test(type)
    ? `${type}: ${WHOLE_NUMBERS}`
    : `numbers of type ${type} are not read; save it as F32`;
}
