/** The files of one trial: its weights (.h5) and a layer's kernels (.npy). */
import { readKerasWeights, writeKerasWeights } from "../../src/io/keras_h5.ts";
import { type NdArray, readNpy, writeNpy } from "../../src/io/npy.ts";

const zeros = (...shape: number[]): NdArray => ({
  shape,
  data: new Float32Array(shape.reduce((product, length) => product * length)),
});
const weights = new Map([
  ["conv2d_1.kernel", zeros(5, 5, 3, 5)],
  ["conv2d_2.kernel", zeros(5, 5, 5, 10)],
  ["conv2d_3.kernel", zeros(5, 5, 10, 8)],
  ["dense_1.kernel", zeros(1568, 128)],
  ["dense_2.kernel", zeros(128, 20)],
]);
const kernels = zeros(160, 5, 5, 10);

const dir = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));
await writeKerasWeights(`${dir}/read.h5`, weights);
await writeNpy(`${dir}/read.npy`, kernels);

// Deno waits for a function that is `async`, not for one that returns a promise.
Deno.bench("writeKerasWeights of one trial", async () => {
  await writeKerasWeights(`${dir}/write.h5`, weights);
});
Deno.bench("readKerasWeights of one trial", async () => {
  await readKerasWeights(`${dir}/read.h5`);
});
Deno.bench("writeNpy (160, 5, 5, 10)", async () => {
  await writeNpy(`${dir}/write.npy`, kernels);
});
Deno.bench("readNpy (160, 5, 5, 10)", async () => {
  await readNpy(`${dir}/read.npy`);
});
