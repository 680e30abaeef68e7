/**
 * NumPy's `.npz`, a zip archive of `.npy` files, and a single `.npy`, as tensors by name.
 *
 * @module
 */
import { basename } from "node:path";
import { Failure } from "../failure.ts";
import { readFile, readPart } from "./files.ts";
import { type NdArray, type NpyHeader, parseNpy, parseNpyHeader, product } from "./npy.ts";
import { cannotRead } from "./refusal.ts";
import { faultOfSize, type StoredTensor, WHOLE_NUMBERS } from "./tensors.ts";
import type { ZipFile } from "./zip.ts";

/** NumPy itself reads no longer header than 10 000 bytes. */
const MOST_HEADER = 2 ** 14;

/**
 * Lists the arrays of an archive, in its order; what else is in it is passed over.
 *
 * @throws {Failure} "input", naming the file, and the array where it is one's fault.
 */
export async function listNpz(path: string): Promise<StoredTensor[]> {
  const tensors: StoredTensor[] = [];
  const { inflate, inflateStart } = await import("./zip.ts");
  await visitArrays(path, async (entry) => {
    const name = arrayName(entry.filename), called = `array "${name}" of ${path}`;
    const header = parseNpyHeader(await inflateStart(entry, MOST_HEADER), called);
    const read = async () => {
      let array: NdArray | undefined;
      await visitArrays(path, async (entry) => {
        if (arrayName(entry.filename) === name) array = parseNpy(await inflate(entry), called);
      });
      return array!;
    };
    tensors.push({ name, ...describe(header), read });
  });
  return tensors;
}

/** A single array, named as its file. @throws {Failure} "input", naming the file. */
export async function listNpy(path: string): Promise<StoredTensor[]> {
  const called = `array "${arrayName(basename(path))}" of ${path}`;
  const start = await readPart(path, 0, MOST_HEADER);
  const read = async () => {
    const bytes = await readFile(path);
    return retell(path, () => parseNpy(bytes, called));
  };
  const header = await retell(path, () => parseNpyHeader(start, called));
  return [{ name: arrayName(basename(path)), ...describe(header), read }];
}

const arrayName = (file: string) => file.replace(/\.npy$/, "");

/** Visits the arrays of an archive. */
async function visitArrays(path: string, visit: (entry: ZipFile) => Promise<void>) {
  const { readEntries } = await import("./zip.ts");
  using file = await Deno.open(path);
  await retell(path, async () => {
    for await (const entry of readEntries(file)) {
      if (!entry.directory && entry.filename.endsWith(".npy")) await visit(entry);
    }
  });
}

/** Tells of what is wrong with a file, and what to do. */
async function retell<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const { message } = cause as Error;
    if (!(cause instanceof Failure)) throw cannotRead(path, message, { cause }); // it says what to do
    throw new Failure("input", `${message}; get or save the file again`, { cause });
  }
}

function describe({ descr, shape }: NpyHeader): Pick<StoredTensor, "shape" | "fault"> {
  const bytes = Number(descr.slice(2)) * product(shape);
  const fault = /^[<>]f[248]$/.test(descr)
    ? faultOfSize(bytes)
    : /^[<>|][iu]/.test(descr)
    ? `${descr}: ${WHOLE_NUMBERS}`
    : `numbers of type ${descr} are not read; save it as float32`;
  return { shape, fault };
}
