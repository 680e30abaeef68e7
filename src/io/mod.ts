/**
 * The files that other programs share with this one: NumPy's `.npy`, and networks that Keras saved.
 *
 * @example Write weights for Keras, read them again, and keep the kernels for NumPy
 * ```ts
 * import { readKerasWeights, writeKerasWeights, writeNpy } from "@skreg/skreg/formats";
 *
 * const dir = await Deno.makeTempDir();
 * const kernel = { shape: [3, 3, 1, 2], data: new Float32Array(18).fill(0.5) };
 * const bias = { shape: [2], data: new Float32Array(2) };
 * const weights = new Map([["conv2d_1.kernel", kernel], ["conv2d_1.bias", bias]]);
 * await writeKerasWeights(`${dir}/cnn.h5`, weights);
 *
 * const found = await readKerasWeights(`${dir}/cnn.h5`);
 * console.log([...found.keys()]); // conv2d_1.kernel, conv2d_1.bias
 * await writeNpy(`${dir}/kernels.npy`, found.get("conv2d_1.kernel")!);
 * await Deno.remove(dir, { recursive: true });
 * ```
 *
 * @module
 */
export { Failure, type FailureKind } from "../failure.ts";
export { readKerasWeights, writeKerasWeights } from "./keras_h5.ts";
export type { StoredLayer, StoredNetwork } from "./stored_network.ts";
export { formatNpy, type NdArray, parseNpy, readNpy, writeNpy } from "./npy.ts";
export { readNetwork } from "./read_keras.ts";
