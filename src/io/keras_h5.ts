/**
 * Keras' weight files (.h5), in the layout that Keras 2.2 writes and loads (SPEC §7):
 *
 *     /                             layer_names = [conv2d_1, …], backend, keras_version
 *     /conv2d_1                     weight_names = [conv2d_1/kernel:0, conv2d_1/bias:0]
 *     /conv2d_1/conv2d_1/kernel:0   (K, K, C, M) float32
 *
 * HDF5 itself is h5wasm, which knows only a disk in memory: a file is brought there or fetched from
 * there whole, so that the real one is written atomically.
 *
 * @module
 */
import type { Group } from "h5wasm";
import { Failure } from "../failure.ts";
import { readFile, writeFile } from "./files.ts";
import type { NdArray } from "./npy.ts";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** For a file and for one dataset: far above any network here, far below WebAssembly's memory. */
const MAX_BYTES = 2 ** 28;

/**
 * Reads the weights of a Keras network from a weights file or a whole-model file.
 *
 * @returns In the file's order, float32, keyed by layer and weight: `conv2d_1.kernel` (K, K, C, M),
 * `conv2d_1.bias` (M), …, `dense_1.kernel` (INPUTS, UNITS). Layers are numbered anew by kind and
 * order of appearance: a Keras session that built several networks may call the first conv2d_7.
 * @throws {Error} naming the file if it is not HDF5, is damaged, or lacks what it announces.
 */
export async function readKerasWeights(path: string): Promise<Map<string, NdArray>> {
  const bytes = await readFile(path, { maxBytes: MAX_BYTES });
  try {
    if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) throw new Error("it is not an HDF5 file");
    return await withMemoryDisk((hdf5, file) => {
      hdf5.FS!.writeFile(file, bytes);
      const root = new hdf5.File(file, "r");
      try {
        return readLayers(hdf5, root);
      } finally {
        root.close();
      }
    });
  } catch (error) {
    const reason = (error as Error).message;
    throw new Failure("input", `Cannot read Keras weights from ${path}: ${reason}`, {
      cause: error,
    });
  }
}

/**
 * Writes weights as Keras 2.2.4 does; equal weights give equal bytes.
 *
 * @param weights Keyed as {@link readKerasWeights} returns them; stored in the order of the map, as
 * float32.
 * @throws {TypeError} if a key is not `<layer>.<weight>` or an array's shape and data disagree.
 * @throws {Error} naming the file if the disk refuses.
 */
export async function writeKerasWeights(
  path: string,
  weights: Map<string, NdArray>,
): Promise<void> {
  for (const [key, { shape, data }] of weights) {
    if (!/^\w+\.\w+$/.test(key)) {
      throw new TypeError(`Cannot write ${path}: the key ${key} is not <layer>.<weight>`);
    }
    if (shape.reduce((product, length) => product * length, 1) !== data.length) {
      throw new TypeError(
        `Cannot write ${path}: ${key} has ${data.length} numbers for shape (${shape.join(", ")})`,
      );
    }
  }
  const bytes = await withMemoryDisk((hdf5, file) => {
    // HDF5 1.8 (2008) reads it; unlike the format before, it has checksums.
    const root = new hdf5.File(file, "w", { libver: "v108" });
    try {
      writeLayers(root, weights);
    } finally {
      root.close();
    }
    return hdf5.FS!.readFile(file);
  });
  await writeFile(path, bytes);
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

function readLayers(hdf5: Hdf5, file: Group): Map<string, NdArray> {
  const weights = new Map<string, NdArray>();
  const counts = new Map<string, number>();
  const model = file.get("model_weights"); // there when Keras saved the whole model
  const root = model instanceof hdf5.Group ? model : file;

  for (const layer of readNames(root, "layer_names")) {
    const group = root.get(layer);
    if (!(group instanceof hdf5.Group)) throw new Error(`it has no group ${layer}`);
    const names = readNames(group, "weight_names");
    if (names.length === 0) continue; // pooling, dropout, …

    const kind = layer.replace(/_\d+$/, "");
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    for (const name of names) {
      const dataset = group.get(name);
      if (!(dataset instanceof hdf5.Dataset)) throw new Error(`it has no dataset ${layer}/${name}`);
      const { shape, size, total_size } = dataset.metadata;
      if (size * total_size > MAX_BYTES) throw new Error(`${layer}/${name} is too large`);
      const values = dataset.value;
      if (!shape || !(values instanceof Float32Array || values instanceof Float64Array)) {
        throw new Error(`${layer}/${name} is not an array of float32 or float64`);
      }
      const weight = name.replace(/^.*\//, "").replace(/:0$/, ""); // conv2d_7/kernel:0 → kernel
      weights.set(`${kind}_${number}.${weight}`, { shape, data: Float32Array.from(values) });
    }
  }
  return weights;
}

/** A list of strings in an attribute; h5py stores an empty list as float64. */
function readNames(group: Group, attribute: string): string[] {
  const list = group.attrs[attribute]?.value;
  if (list === undefined) throw new Error(`${group.path} has no attribute ${attribute}`);
  return Array.isArray(list) ? list.map(String) : [];
}

function writeLayers(file: Group, weights: Map<string, NdArray>): void {
  const layers = Map.groupBy(weights.keys(), (key) => key.split(".")[0]);
  writeNames(file, "layer_names", [...layers.keys()]);
  // Fixed length: h5py gives strings of variable length as str, on which Keras' decode() fails.
  file.create_attribute("backend", "tensorflow", null, "A11");
  file.create_attribute("keras_version", "2.2.4", null, "A6");

  for (const [layer, keys] of layers) {
    const group = file.create_group(layer);
    const names = keys.map((key) => key.split(".")[1] + ":0");
    writeNames(group, "weight_names", names.map((name) => `${layer}/${name}`));
    const inner = group.create_group(layer); // TensorFlow's variable scope
    for (const [i, key] of keys.entries()) {
      const { shape, data } = weights.get(key)!;
      inner.create_dataset({ name: names[i], data: Float32Array.from(data), shape });
    }
  }
}

/** Stores strings of fixed length, ASCII with the final NUL, as Keras' decode() wants them. */
function writeNames(group: Group, attribute: string, names: string[]): void {
  const length = Math.max(0, ...names.map((name) => name.length)) + 1;
  group.create_attribute(attribute, names, null, `A${length}`);
}
