/**
 * Reads and writes HDF5: files, the names in their attributes, their arrays.
 *
 * HDF5 itself is h5wasm, which knows only a disk in memory: a file is brought there or fetched from
 * there whole, so that the real one is written atomically.
 *
 * @module
 */
import type { Dataset, File, Group } from "h5wasm";
import { MOST_BYTES } from "./files.ts";
import { fromBrain, fromHalf } from "./half.ts";
import type { NdArray } from "./npy.ts";

export type { Group };

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether a file's first bytes are those of HDF5. */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Lends the root of an HDF5 file.
 *
 * @param use Must be done when it returns.
 * @throws {Error} what `use` throws; "the file is damaged" if HDF5 complained.
 */
export async function openHdf5<T>(bytes: Uint8Array, use: (root: Group) => T): Promise<T> {
  return await withMemoryDisk((hdf5, file) => {
    hdf5.FS!.writeFile(file, bytes);
    return lend(new hdf5.File(file, "r"), use);
  });
}

/** Makes an HDF5 file; what `fill` does in the same order gives the same bytes. */
export async function makeHdf5(fill: (root: Group) => void): Promise<Uint8Array> {
  return await withMemoryDisk((hdf5, file) => {
    // HDF5 1.8 (2008) reads it; unlike the format before, it has checksums.
    lend(new hdf5.File(file, "w", { libver: "v108" }), fill);
    return hdf5.FS!.readFile(file);
  });
}

function lend<T>(root: File, use: (root: Group) => T): T {
  try {
    return use(root);
  } finally {
    root.close();
  }
}

/** The group of this name or path; undefined where there is none. */
export function groupIn(group: Group, name: string): Group | undefined {
  const found = group.get(name);
  return found && "keys" in found ? found : undefined;
}

/** The dataset of this name or path; undefined where there is none. */
export function datasetIn(group: Group, name: string): Dataset | undefined {
  const found = group.get(name);
  return found && "filters" in found ? found : undefined;
}

/**
 * A list of strings in an attribute, or in the numbered ones among which Keras divides a list of more
 * than 64 KB (`layer_names0`, `layer_names1`, …); undefined where there is none.
 */
export function readNames(group: Group, attribute: string): string[] | undefined {
  const { attrs } = group;
  const list = (name: string) => {
    const { value, metadata: { cset, vlen } } = attrs[name];
    const texts = [value].flat().filter((it) => typeof it === "string"); // h5py stores [] as float64
    return cset === 1 ? texts : texts.map((text) => fromAscii(text, vlen ? LATIN : WESTERN));
  };
  if (attribute in attrs) return list(attribute);
  const names: string[] = [];
  let count = 0;
  for (; `${attribute}${count}` in attrs; count++) names.push(...list(`${attribute}${count}`));
  return count > 0 ? names : undefined;
}

/** Each byte once. */
const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
/** The signs as which h5wasm reads the bytes of a text of any length that is marked as ASCII. */
const LATIN = String.fromCharCode(...BYTES);
/** The signs as which h5wasm reads the bytes of a text of fixed length that is marked as ASCII. */
const WESTERN = new TextDecoder("ascii").decode(BYTES);

/** Reads a text as the UTF-8 that Keras writes and marks as ASCII. */
function fromAscii(text: string, signs: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (sign) => signs.indexOf(sign)));
}

/** HDF5's number for the class of whole numbers. */
const INTEGER = 0;
/** HDF5's number for the class of real numbers. */
const FLOAT = 1;
/** The highest number of HDF5's own filters: gzip, shuffle, Fletcher's sum, szip, n-bit, scale-offset. */
const LAST_OWN_FILTER = 6;

/**
 * Reads an array of real numbers as float32.
 *
 * @param name What errors call it.
 * @param read Paths of what was looked at, to which its own is added.
 * @returns Undefined for what is no weight: text or whole numbers with fewer than three axes, such as
 * steps, seeds and tables.
 * @throws {Error} saying what it is that cannot be read, and what to do.
 */
export function readArray(
  dataset: Dataset,
  name: string,
  read: Set<string>,
): NdArray | undefined {
  read.add(dataset.path);
  const { metadata } = dataset;
  const { shape, size, total_size, type, signed } = metadata;
  const isBrain = size === 2 && dataset.attrs.dtype?.value === "bfloat16"; // as Keras 3 marks it
  if (type !== FLOAT && !isBrain) {
    if ((shape?.length ?? 0) < 3) return undefined;
    const what = type === INTEGER
      ? `whole numbers (${signed ? "" : "u"}int${8 * size}), as a quantized model does; save the ` +
        `model before it is quantized`
      : `something other than numbers; save the model with float32 weights`;
    throw new Error(`${name} holds ${what}`);
  }
  if (size * total_size > MOST_BYTES) throw new Error(`${name} is too large`);
  const foreign = dataset.filters.find(({ id }) => id > LAST_OWN_FILTER);
  if (foreign) {
    throw new Error(
      `${name} is compressed with ${foreign.name || `HDF5's filter ${foreign.id}`}, which cannot ` +
        `be read here; save the file without compression, or with gzip`,
    );
  }
  if (size === 2) { // h5wasm knows no other numbers of 16 bits than whole ones
    Object.defineProperty(dataset, "metadata", {
      value: { ...metadata, type: INTEGER, signed: false },
    });
  }
  const values = dataset.value;
  if (shape && values instanceof Uint16Array) {
    return { shape, data: isBrain ? fromBrain(values) : fromHalf(values) };
  }
  if (!shape || !(values instanceof Float32Array || values instanceof Float64Array)) {
    throw new Error(`${name} is not an array of float16, float32 or float64`);
  }
  return { shape, data: Float32Array.from(values) };
}

/** The arrays of three or more axes in a file that were not looked at, an optimizer's apart. */
export function unreadArrays(
  file: Group,
  read: ReadonlySet<string>,
): { path: string; shape: number[] }[] {
  return file.paths().flatMap((path) => {
    const dataset = /(^|[/_])optimizer(_weights)?\//.test(path) ? undefined : datasetIn(file, path);
    const shape = dataset?.metadata.shape ?? [];
    return dataset && shape.length > 2 && !read.has(dataset.path) ? [{ path, shape }] : [];
  });
}

type Hdf5 = typeof import("h5wasm");

/**
 * Lends HDF5 and the name of a file on its disk; afterwards, also after an error, the disk is empty.
 *
 * @throws {Error} what `use` throws; "the file is damaged" if HDF5 complained.
 */
async function withMemoryDisk<T>(use: (hdf5: Hdf5, file: string) => T): Promise<T> {
  const hdf5 = await import("h5wasm"); // 4 MB: only for those who need it
  const { FS } = await hdf5.ready;
  type Stream = Parameters<typeof FS.close>[0];
  const { streams } = FS as unknown as { streams: (Stream | null)[] }; // by file descriptor
  const file = "/weights.h5", log = "/errors";

  // From here to the end of `finally` nothing else can run: `use` is synchronous.
  const now = Date.now;
  Date.now = () => 0; // HDF5 stamps objects with the time
  FS.close(streams[2]!); // HDF5 prints its errors and goes on: catch stderr and look
  FS.open(log, "w");
  const complaints = () => FS.readFile(log, { encoding: "utf8" });
  try {
    const result = use(hdf5, file);
    if (complaints()) throw new Error("HDF5 complained");
    return result;
  } catch (error) {
    throw complaints() ? new Error("the file is damaged", { cause: complaints() }) : error;
  } finally {
    for (const stream of streams.slice(2)) if (stream) FS.close(stream);
    FS.open("/dev/tty1", "w"); // takes the lowest free number: 2, stderr
    for (const path of [file, log]) if (FS.analyzePath(path).exists) FS.unlink(path);
    Date.now = now;
  }
}
