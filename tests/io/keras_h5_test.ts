import { assert, assertEquals, assertNotEquals, assertRejects } from "../helpers/assert.ts";
import { readKerasWeights, writeKerasWeights } from "../../src/io/keras_h5.ts";
import type { NdArray } from "../../src/io/npy.ts";
import { replaced } from "../helpers/replaced.ts";
import { test } from "../helpers/folders.ts";

// Both fixtures were written by h5py 3.7, number by number through arange.
// keras_weights.h5: as Keras 2.2 save_weights: strings of fixed length, float32, and a pooling layer.
// keras_model.h5: as save_model: /model_weights, strings of variable length, float64, numbers that a
// long session counted on (conv2d_7, flatten_3, dense_12).
const fixture = (name: string) => new URL(`../fixtures/io/${name}`, import.meta.url).pathname;

const conv: [string, NdArray][] = [
  ["conv2d_1.kernel", {
    shape: [2, 2, 1, 2],
    data: new Float32Array([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]),
  }],
  ["conv2d_1.bias", { shape: [2], data: new Float32Array([-0.5, 0.5]) }],
];

/** What HDF5 holds: its files and its open streams. */
async function memory() {
  const { FS } = await (await import("h5wasm")).ready;
  const { streams } = FS as unknown as { streams: ({ path: string } | null)[] };
  const open = streams.flatMap((stream) => stream ? [stream.path] : []);
  return { files: [...FS.readdir("/"), ...FS.readdir("/tmp")], open };
}

Deno.test("readKerasWeights reads a weights file of Keras 2.2", async () => {
  assertEquals([...await readKerasWeights(fixture("keras_weights.h5"))], [
    ...conv,
    ["conv2d_2.kernel", { shape: [1, 1, 2, 1], data: new Float32Array([0, 0.1]) }],
    ["conv2d_2.bias", { shape: [1], data: new Float32Array([2]) }],
  ]);
});

Deno.test("readKerasWeights reads a model file and numbers its layers anew", async () => {
  assertEquals([...await readKerasWeights(fixture("keras_model.h5"))], [
    ...conv,
    ["dense_1.kernel", {
      shape: [3, 2],
      data: new Float32Array([0, 0.25, 0.5, 0.75, 1, 1.25]),
    }],
    ["dense_1.bias", { shape: [2], data: new Float32Array([0.25, 1.25]) }],
  ]);
});

test("readKerasWeights reads what writeKerasWeights wrote, in order and as float32", async (dir) => {
  const dense: NdArray = { shape: [2, 1], data: new Float64Array([0.1, -3]) };
  await writeKerasWeights(`${dir}/a.h5`, new Map([["dense_1.kernel", dense], ...conv]));
  const back = await readKerasWeights(`${dir}/a.h5`);
  const rounded = { shape: [2, 1], data: new Float32Array([0.1, -3]) };
  assertEquals([...back], [["dense_1.kernel", rounded], ...conv]);
});

test("writeKerasWeights has Keras' groups, and attributes of fixed length", async (dir) => {
  await writeKerasWeights(`${dir}/a.h5`, new Map(conv));
  const hdf5 = await import("h5wasm");
  const { FS } = await hdf5.ready;
  FS.writeFile("/a.h5", await Deno.readFile(`${dir}/a.h5`));
  const file = new hdf5.File("/a.h5", "r");
  try {
    const names = { ...file.attrs, ...(file.get("conv2d_1") as typeof file).attrs };
    assertEquals(Object.fromEntries(Object.entries(names).map(([k, a]) => [k, a.value])), {
      layer_names: ["conv2d_1"],
      backend: "tensorflow",
      keras_version: "2.2.4",
      weight_names: ["conv2d_1/kernel:0", "conv2d_1/bias:0"],
    });
    assert(Object.values(names).every(({ metadata }) => !metadata.vlen));
    const kernel = file.get("conv2d_1/conv2d_1/kernel:0");
    assert(kernel instanceof hdf5.Dataset);
    assertEquals([kernel.shape, kernel.dtype], [[2, 2, 1, 2], "<f"]);
  } finally {
    file.close();
    FS.unlink("/a.h5");
  }
});

test("writeKerasWeights gives equal bytes for equal weights, whatever the clock says, which runs on", async (dir) => {
  const now = Date.now;
  await writeKerasWeights(`${dir}/a.h5`, new Map(conv));
  assert(Date.now() > 0);
  using _ = replaced(Date, "now", () => now() + 5_000);
  await writeKerasWeights(`${dir}/b.h5`, new Map(conv));
  const a = await Deno.readFile(`${dir}/a.h5`);
  assertEquals(await Deno.readFile(`${dir}/b.h5`), a);
  await writeKerasWeights(`${dir}/b.h5`, new Map(conv.slice(1)));
  assertNotEquals(await Deno.readFile(`${dir}/b.h5`), a);
});

test("readKerasWeights names the file in every complaint and leaves nothing in memory", async (dir) => {
  const path = `${dir}/a.h5`;
  const model = await Deno.readFile(fixture("keras_model.h5"));
  const before = await memory();
  const fails = async (bytes: Uint8Array, state: string) => {
    await Deno.writeFile(path, bytes);
    const message = `Cannot read Keras weights from ${path}: ${state}`;
    await assertRejects(() => readKerasWeights(path), Error, message);
    assertEquals(await memory(), before);
  };
  await fails(new Uint8Array(), "it is not an HDF5 file");
  await fails(new TextEncoder().encode("<!DOCTYPE html>"), "it is not an HDF5 file");
  await fails(model.subarray(0, 1000), "the file is damaged");
  await fails(renamed(model, "dense_12/bias:0", "dense_12/bias:1"), "it has no dataset dense_12/");
  await fails(renamed(model, "flatten_3", "flatten_4"), "it has no group flatten_3");
  await fails(renamed(model, "layer_names", "layer_nomes"), "/model_weights has no attribute");
  await fails(renamed(model, "weight_names", "weight_nomes"), "/model_weights/conv2d_7 has no");
  await assertRejects(() => readKerasWeights(`${dir}/b.h5`), Error, "it does not exist");
  assertEquals((await readKerasWeights(fixture("keras_model.h5"))).size, 4);
  assertEquals(await memory(), before);
});

/** The file with one of its names changed, at its first occurrence. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  assert(text.includes(from), `the fixture holds no ${from}`);
  return Uint8Array.from(text.replace(from, to), (letter) => letter.charCodeAt(0));
}

Deno.test("writeKerasWeights refuses keys and shapes that mean nothing", async () => {
  const data = new Float32Array(2);
  const write = (key: string, shape: number[]) => () =>
    writeKerasWeights("nowhere/a.h5", new Map([[key, { shape, data }]]));
  for (const key of ["conv2d_1", "a/b.kernel", "conv2d_1.kernel.0", ""]) {
    await assertRejects(write(key, [2]), TypeError, "is not <layer>.<weight>");
  }
  await assertRejects(write("a.b", [3]), TypeError, "a.b has 2 numbers for shape (3)");
});
