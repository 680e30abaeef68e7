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
import type { File, Group } from "h5wasm";
import { readFile, writeFile } from "./files.ts";
import type { NdArray } from "./npy.ts";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** For a file and for a dataset: far above the networks here, far below WebAssembly's memory. */
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
    return await inMemory("r", bytes, readLayers);
  } catch (error) {
    // HDF5's own reports are twenty lines about its source files.
    const { message } = error as Error;
    const reason = message.startsWith("HDF5-DIAG") ? "the file is damaged" : message;
    throw new Error(`Cannot read Keras weights from ${path}: ${reason}`, { cause: error });
  }
}

/**
 * Writes weights as Keras 2.2.4 does; equal weights give equal bytes.
 *
 * @param weights Keyed as {@link readKerasWeights} returns them, of any type: stored are float32
 * numbers. Layers are stored in the order of the map.
 * @throws {TypeError} if a key is not `<layer>.<weight>`.
 * @throws {Error} naming the file if the disk refuses.
 */
export async function writeKerasWeights(
  path: string,
  weights: Map<string, NdArray>,
): Promise<void> {
  const strange = [...weights.keys()].find((key) => !/^\w+\.\w+$/.test(key));
  if (strange !== undefined) {
    throw new TypeError(`Cannot write ${path}: the key ${strange} is not <layer>.<weight>`);
  }
  const bytes = await inMemory("w", new Uint8Array(), (file, save) => {
    writeLayers(file, weights);
    return save();
  });
  await writeFile(path, bytes);
}
