/**
 * Keras' weight files (.h5), in the layout that Keras 2.2 writes and loads (SPEC §7):
 *
 *     /                             layer_names = [conv2d_1, …], backend, keras_version
 *     /conv2d_1                     weight_names = [conv2d_1/kernel:0, conv2d_1/bias:0]
 *     /conv2d_1/conv2d_1/kernel:0   (K, K, C, M) float32
 *
 * The layers of other layouts, and of other writers, are renamed: see `readNetwork`.
 *
 * @module
 */
import { writeFile } from "./files.ts";
import { type Group, makeHdf5 } from "./hdf5.ts";
import { nameWeights } from "./stored_network.ts";
import { type NdArray, product } from "./npy.ts";
import { readNetwork } from "./read_keras.ts";

/**
 * Reads the weights of a Keras network: a weights file, a whole model, `.weights.h5` or `.keras`.
 *
 * @returns In the order of the layers, float32, keyed by layer and weight: `conv2d_1.kernel`
 * (K, K, C, M), `conv2d_1.bias` (M), …, `dense_1.kernel` (INPUTS, UNITS). Layers are numbered anew by
 * kind and order of appearance: a Keras session that built several networks may call the first
 * conv2d_7, and others call it block1_conv1.
 * @throws {Error} naming the file if it is no such file, is damaged, or lacks what it announces.
 */
export async function readKerasWeights(path: string): Promise<Map<string, NdArray>> {
  return nameWeights(await readNetwork(path));
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
    if (product(shape) !== data.length) {
      throw new TypeError(
        `Cannot write ${path}: ${key} has ${data.length} numbers for shape (${shape.join(", ")})`,
      );
    }
  }
  await writeFile(path, await makeHdf5((root) => writeLayers(root, weights)));
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
