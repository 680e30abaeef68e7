import { nameWeights } from "../../src/io/stored_network.ts";
import type { NdArray } from "../../src/io/npy.ts";
import { readNetwork } from "../../src/io/read_keras.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { buildZip } from "../../tasks/torture/build_zip.ts";
import {
  array,
  buildArchive,
  buildListed,
  buildNumbered,
  buildTree,
  layer,
} from "../helpers/build_keras.ts";
import { withFiles } from "../helpers/folders.ts";

/** Reads a file of these bytes. */
const read = (bytes: Uint8Array) =>
  withFiles({ "cnn.h5": bytes }, (dir) => readNetwork(`${dir}/cnn.h5`));

/** Name, kind, and what its first weight's numbers are, of each layer. */
async function layersOf(bytes: Uint8Array) {
  const { layers } = await read(bytes);
  return layers.map(({ name, kind, weights }) => [name, kind, [...weights.values()][0].data[0]]);
}

const conv = (mark: number, channels = 2, filters = 3) => array(mark, 2, 2, channels, filters);
const keras2 = { keras_version: "2.10.0", backend: "tensorflow" };
const listed = (name: string, mark: number): Record<string, NdArray> => ({
  [`${name}/kernel:0`]: conv(mark),
  [`${name}/bias:0`]: array(mark, 3),
});

Deno.test("readNetwork keeps every kernel of a model inside a model, in the stored order", async () => {
  const file = await buildListed({
    conv2d: listed("conv2d", 1),
    flatten: {},
    sequential: { ...listed("conv2d_1", 2), ...listed("conv2d_2", 3) },
    dense: { "dense/kernel:0": array(4, 5, 2) },
  }, { attributes: keras2 });
  const { layers, doubts } = await read(file);
  assertEquals(layers.map(({ name, kind }) => [name, kind]), [
    ["conv2d", "conv2d"],
    ["sequential/conv2d_1", "conv2d"],
    ["sequential/conv2d_2", "conv2d"],
    ["dense", "dense"],
  ]);
  assertEquals(doubts, []);
  const named = nameWeights({ layers, doubts });
  assertEquals([...named.keys()], [
    ...["conv2d_1.kernel", "conv2d_1.bias", "conv2d_2.kernel", "conv2d_2.bias"],
    ...["conv2d_3.kernel", "conv2d_3.bias", "dense_1.kernel"],
  ]);
  assertEquals(named.get("conv2d_3.kernel"), conv(3));
});

Deno.test("readNetwork finds the order of a model inside, whose layers that learn come first", async () => {
  const inside = { ...listed("late", 3), ...listed("early", 1), ...listed("middle", 2) };
  const inner = ["early", "middle", "late"].map((name) => layer("Conv2D", name));
  const config = layer("Sequential", "all", {
    layers: [layer("InputLayer", "in"), layer("Functional", "base", { layers: inner })],
  });
  const known = await read(await buildListed({ base: inside }, { config }));
  assertEquals(known.layers.map(({ name }) => name), ["base/early", "base/middle", "base/late"]);
  assertEquals(known.doubts, []);
  const unknown = await read(await buildListed({ base: inside }, { attributes: keras2 }));
  assertEquals(unknown.layers.map(({ name }) => name), ["base/late", "base/early", "base/middle"]);
  assertEquals(unknown.doubts, [
    "the file does not say in which order the layers inside base stand; taken as stored: late, " +
    "early, middle",
  ]);
  const alike = { "b/c/kernel:0": conv(1), "a/c/kernel:0": conv(2), "a/d/kernel:0": conv(3) };
  const named = layer("Sequential", "all", {
    layers: [layer("Model", "base", { layers: ["d", "c"].map((name) => layer("Conv2D", name)) })],
  });
  const twice = await read(await buildListed({ base: alike }, { config: named }));
  assertEquals(twice.layers.map(({ name }) => name), ["base/b/c", "base/a/c", "base/a/d"]);
  assertEquals(twice.doubts.length, 1); // which of the two is meant is not known
  const counted = {
    ...listed("conv2d_12", 3),
    ...listed("conv2d_9", 1),
    ...listed("conv2d_10", 2),
  };
  const numbers = await read(await buildListed({ base: counted }, { attributes: keras2 }));
  assertEquals(numbers.layers.map(({ name }) => name.slice(5)), [
    "conv2d_9",
    "conv2d_10",
    "conv2d_12",
  ]);
  assertEquals(numbers.doubts, []);
});

Deno.test("readNetwork tells layers with names of their own by their weights or the config", async () => {
  const own = {
    block1_conv1: listed("block1_conv1", 1),
    up: { "up/kernel:0": array(2, 2, 2, 5, 3), "up/bias:0": array(2, 5) },
    spread: { "spread/kernel:0": array(3, 2, 2, 4, 4) },
    steps: { "steps/kernel:0": array(4, 2, 2, 1, 3) },
    gates: { "gates/kernel:0": conv(5), "gates/recurrent_kernel:0": conv(5) },
    fc1: { "fc1/kernel:0": array(6, 5, 2) },
  };
  assertEquals(await layersOf(await buildListed(own, { attributes: keras2 })), [
    ...[["block1_conv1", "conv2d", 1], ["up", "up", 2], ["spread", "conv2d", 3]],
    ...[["steps", "conv2d", 4], ["gates", "gates", 5], ["fc1", "dense", 6]],
  ]);
  const layers = [
    layer("Conv2D", "block1_conv1"),
    layer("Conv2DTranspose", "up"),
    layer("DepthwiseConv2D", "spread"),
    layer("TimeDistributed", "steps", { layer: layer("Conv2DTranspose", "conv2d_7") }),
    layer("ConvLSTM2D", "gates"),
    layer("Dense", "fc1"),
  ];
  for (
    const config of [
      layer("Sequential", "all", { layers }),
      { class_name: "Sequential", config: layers }, // until Keras 2.2
    ]
  ) {
    assertEquals(await layersOf(await buildListed(own, { config })), [
      ...[["block1_conv1", "conv2d", 1], ["up", "conv2d_transpose", 2]],
      ...[["spread", "depthwise_conv2d", 3], ["steps", "conv2d_transpose", 4]],
      ...[["gates", "conv_lstm2d", 5], ["fc1", "dense", 6]],
    ]);
  }
});

Deno.test("readNetwork reads Keras 3's whole models, with paths and without :0", async () => {
  const file = await buildListed({
    conv2d: { "sequential/conv2d/kernel": conv(1), "sequential/conv2d/bias": array(1, 3) },
    sequential_1: {
      "sequential_1/conv2d_1/kernel": conv(2),
      "sequential_1/conv2d_2/kernel": conv(3),
    },
    conv2d_3: { "conv2d_3_1/kernel:0": conv(4) }, // TensorFlow 1 made it twice
    "unit/conv": { "unit/conv/kernel:0": conv(6) },
    outer: { "outer/outer_1/conv/kernel": conv(7), "outer/conv/kernel": conv(8) },
    top_level_model_weights: { own: array(5, 1) },
  }, { config: layer("Sequential", "sequential", { layers: [] }) });
  assertEquals(await layersOf(file), [
    ...[["conv2d", "conv2d", 1], ["sequential_1/conv2d_1", "conv2d", 2]],
    ...[["sequential_1/conv2d_2", "conv2d", 3], ["conv2d_3", "conv2d", 4]],
    ...[["unit/conv", "conv2d", 6], ["outer/outer_1/conv", "conv2d", 7]],
    ["outer/conv", "conv2d", 8],
    ["top_level_model_weights", "top_level_model_weights", 5],
  ]);
});

Deno.test("readNetwork joins the lists of names that Keras divides above 64 KB", async () => {
  const layers = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`conv2d_${i + 1}`, listed(`conv2d_${i + 1}`, i)]),
  );
  const whole = await read(await buildListed(layers, { attributes: keras2 }));
  assertEquals(whole.layers.length, 12);
  assertEquals(await read(await buildListed(layers, { attributes: keras2, chunks: 2 })), whole);
});

Deno.test("readNetwork reads names in any script", async () => {
  const names = ["свёртка", "畳み込み", "größe"];
  const layers = Object.fromEntries(names.map((name, i) => [name, listed(name, i)]));
  for (const text of [undefined, "A", "S"] as const) {
    assertEquals(
      await layersOf(await buildListed(layers, { attributes: keras2, text })),
      names.map((name, i) => [name, "conv2d", i]),
      text,
    );
  }
});

Deno.test("readNetwork reads Keras 1's names, and its kernels in either order of axes", async () => {
  const names = (kernel: NdArray) => ({
    convolution2d_1: { "convolution2d_1_W:0": kernel, "convolution2d_1_b:0": array(0, 4) },
    block1_conv2: { block1_conv2_W_1: array(0, 4, 4, 4, 4), block1_conv2_b_1: array(0, 4) },
    dense_1: { dense_1_W: array(0, 5, 2) },
  });
  const filters = [0, 1, 2, 3], channels = [0, 1, 2], area = [0, 1, 2, 3, 4, 5];
  const number = (m: number, c: number, i: number) => 100 * m + 10 * c + i;
  const last = { // (K, K, C, M)
    shape: [2, 3, 3, 4],
    data: Float32Array.from(
      area.flatMap((i) => channels.flatMap((c) => filters.map((m) => number(m, c, i)))),
    ),
  };
  const first = { // (M, C, K, K)
    shape: [4, 3, 2, 3],
    data: Float32Array.from(
      filters.flatMap((m) => channels.flatMap((c) => area.map((i) => number(m, c, i)))),
    ),
  };
  const asTensorFlow = await read(await buildListed(names(last)));
  assertEquals(asTensorFlow.layers.map(({ name, kind }) => [name, kind]), [
    ...[["convolution2d_1", "conv2d"], ["block1_conv2", "conv2d"], ["dense_1", "dense"]],
  ]);
  assertEquals(asTensorFlow.layers[0].weights.get("kernel"), last);
  assertEquals(asTensorFlow.doubts, []);
  const asTheano = await read(await buildListed(names(first)));
  assertEquals(asTheano.layers, asTensorFlow.layers);
  assert(asTheano.doubts[0].startsWith("the kernels have Theano's order"), asTheano.doubts[0]);
  const before = await read(await buildNumbered([[first, array(0, 4)], [], [array(0, 5, 2)]]));
  assertEquals(before.layers.map(({ name, kind }) => [name, kind]), [
    ...[["layer_0", "conv2d"], ["layer_2", "dense"]],
  ]);
  assertEquals(before.layers[0].weights.get("kernel"), last);
});

Deno.test("readNetwork turns the kernels that Theano trained, and no others", async () => {
  const kernel = { shape: [1, 2, 1, 2], data: new Float32Array([1, 2, 3, 4]) };
  const dense = { shape: [2, 1], data: new Float32Array([5, 6]) };
  const file = (backend: string) =>
    buildListed({ conv2d_1: { "conv2d_1/kernel": kernel }, dense_1: { "dense_1/kernel": dense } }, {
      attributes: { keras_version: "2.0.8", backend },
    });
  const values = async (backend: string) =>
    (await read(await file(backend))).layers.map(({ weights }) => [...weights.get("kernel")!.data]);
  assertEquals(await values("theano"), [[3, 4, 1, 2], [5, 6]]);
  assertEquals(await values("tensorflow"), [[1, 2, 3, 4], [5, 6]]);
});

const numbers = Array.from({ length: 12 }, (_, i) => i);

Deno.test("readNetwork takes Keras 3's weights by their number, and no optimizer's", async () => {
  const file = await buildTree({
    ...Object.fromEntries(
      numbers.map((i) => [`layers/conv2d${i ? `_${i}` : ""}`, [`own_${i}`, conv(i), array(i, 3)]]),
    ),
    "layers/dense": ["dense_4", array(12, 5, 2), array(12, 2)],
    "layers/dropout": ["dropout"],
    optimizer: ["adam", array(13), conv(13), conv(13)],
  });
  const { layers, doubts } = await read(file);
  const convolutions = layers.filter(({ kind }) => kind === "conv2d");
  assertEquals(convolutions.map(({ name }) => name), numbers.map((i) => `own_${i}`));
  assertEquals(layers.length, 13);
  assertEquals(doubts, []);
  assertEquals([...nameWeights({ layers, doubts }).keys()].slice(10, 12), [
    ...["conv2d_6.kernel", "conv2d_6.bias"],
  ]);
});

/** Two convolutions around a model of two, one of which is transposed, and a class that has its own. */
const inside = {
  "layers/conv2d": ["first", conv(1)],
  "layers/conv2d_1": ["last", conv(4)],
  "layers/sequential/layers/conv2d": ["a", conv(2)],
  "layers/sequential/layers/conv2d_transpose": ["b", conv(0)],
  "layers/time_distributed/layer": ["conv2d_9", conv(3)],
} satisfies Record<string, [string, NdArray]>;

Deno.test("readNetwork takes the order of a .keras from its config", async () => {
  const config = layer("Functional", "all", {
    layers: [
      layer("InputLayer", "in"),
      layer("Conv2D", "first", { kernel_initializer: layer("GlorotUniform", "") }),
      layer("Sequential", "inner", {
        layers: [layer("Conv2D", "a"), layer("Conv2DTranspose", "b")],
      }),
      layer("TimeDistributed", "each", { layer: layer("Conv2D", "conv2d_9") }),
      layer("Conv2D", "last"),
    ],
  });
  const file = buildArchive(await buildTree(inside), config);
  const { doubts } = await read(file);
  assertEquals(doubts, []);
  assertEquals(await layersOf(file), [
    ...[["first", "conv2d", 1], ["inner/a", "conv2d", 2], ["inner/b", "conv2d_transpose", 0]],
    ...[["each/layer", "conv2d", 3], ["last", "conv2d", 4]],
  ]);
});

Deno.test("readNetwork says where the order of Keras 3's layers is a guess", async () => {
  const { doubts } = await read(await buildTree(inside));
  assertEquals(doubts, [
    "the file does not say in which order its layers stand; taken as first, last, sequential/a, " +
    "time_distributed/layer; a .keras of the whole model would say it",
  ]);
  // A model that is a class of its own has no order in its config either.
  const own = buildArchive(
    await buildTree({ stem: ["conv2d", conv(1)], "blocks/conv2d": ["conv2d_1", conv(2)] }),
    layer("MyModel", "mine"),
  );
  assertEquals((await read(own)).doubts, [
    "the file does not say in which order its layers stand; taken as blocks/conv2d, stem",
  ]);
  const one = await buildTree({ stem: ["conv2d", conv(1)], head: ["dense", array(2, 5, 2)] });
  assertEquals((await read(one)).doubts, []);
});

Deno.test("readNetwork reads Keras 2.12's .keras, which counts layers with weights twice", async () => {
  const list = "_layer_checkpoint_dependencies";
  const weights = await buildTree({
    [`${list}/conv2d`]: [null, conv(1)],
    [`${list}/conv2d_2`]: [null, conv(3)],
    [`${list}/sequential/${list}/conv2d`]: [null, conv(2)],
  });
  const config = layer("Sequential", "all", {
    layers: [
      layer("Conv2D", "p"),
      layer("Sequential", "inner", { layers: [layer("Conv2D", "q")] }),
      layer("Conv2D", "r"),
    ],
  });
  assertEquals(await layersOf(buildArchive(weights, config)), [
    ...[["p", "conv2d", 1], ["inner/q", "conv2d", 2], ["r", "conv2d", 3]],
  ]);
});

// Written by h5py 3.7: a layer of Keras 3, /layers/conv2d/vars named stem, kernel (2, 2, 2, 2) the numbers
// −8 … 7 by eighths and bias 0.5, −0.25; with dtype float16 and for the bias big-endian; as opaque
// numbers with the attribute dtype = bfloat16; with the kernel compressed by LZF and by szip.
const fixture = (name: string) =>
  new URL(`../fixtures/io/keras_${name}.weights.h5`, import.meta.url).pathname;

for (const form of ["float16", "bfloat16", "szip"]) {
  Deno.test(`readNetwork reads ${form} as float32`, async () => {
    const { layers: [{ name, weights }] } = await readNetwork(fixture(form));
    assertEquals(name, "stem");
    const kernel = Float32Array.from({ length: 16 }, (_, i) => (i - 8) / 8);
    assertEquals([...weights], [
      ["kernel", { shape: [2, 2, 2, 2], data: kernel }],
      ["bias", { shape: [2], data: new Float32Array([0.5, -0.25]) }],
    ]);
  });
}

Deno.test("readNetwork names the compression that it cannot undo, and what to do", async () => {
  await assertRejects(
    () => readNetwork(fixture("lzf")),
    Error,
    `${fixture("lzf")}: /layers/conv2d/vars/0 is compressed with lzf, which cannot be read here; ` +
      "save the file without compression, or with gzip",
  );
});

Deno.test("readNetwork refuses whole numbers as weights, and passes over steps and seeds", async () => {
  const bytes = (...shape: number[]) => ({ shape, data: new Uint8Array(4) });
  const steps = await read(
    await buildListed({ a: { "a/count:0": bytes(4), "a/mean:0": array(1, 3) } }),
  );
  assertEquals([...steps.layers[0].weights.keys()], ["mean"]);
  await assertRejects(
    async () => await read(await buildListed({ conv2d: { "conv2d/kernel:0": bytes(1, 2, 2, 1) } })),
    Error,
    "conv2d/conv2d/kernel:0 holds whole numbers (uint8), as a quantized model does",
  );
});

Deno.test("readNetwork names kernels that no list of the file names, but an optimizer's", async () => {
  const config = layer("Sequential", "s");
  const list = (more: object) => (path: string) =>
    buildListed({ conv2d_1: listed("conv2d_1", 1) }, {
      ...{ attributes: keras2, others: { [path]: conv(2) } },
      ...more,
    });
  const tree = (path: string) =>
    buildTree({ "layers/conv2d": [null, conv(1), array(1, 3)] }, { [path]: conv(2) });
  const cases: [build: typeof tree, path: string, isLost: boolean][] = [
    [list({}), "conv2d_2/conv2d_2/kernel:0", true],
    [list({}), "conv2d_1/other", true],
    [list({ config }), "model_weights/other", true],
    [list({ config }), "optimizer_weights/Adam/m/kernel:0", false],
    [tree, "layers/conv2d/kernel", true],
    [tree, "optimizer/vars/2", false],
  ];
  for (const [build, path, isLost] of cases) {
    const says =
      `${path} (2, 2, 2, 3) is left out: no list of the file's layers and weights names it`;
    assertEquals((await read(await build(path))).doubts, isLost ? [says] : [], path);
  }
});

Deno.test("readNetwork says what a file is that holds no network of Keras", async () => {
  const text = (text: string) => new TextEncoder().encode(text);
  const zip = (name: string) => buildZip([{ name, content: text("x") }]);
  const tree = await buildTree({ "layers/flatten": ["flatten"] });
  const archive = buildArchive(await buildTree(inside), {});
  const broken = archive.slice();
  broken[1000] ^= 255;
  const cases: [Uint8Array, string][] = [
    [text("version https://git-lfs.github.com/spec/v1\n"), "but a pointer of Git LFS"],
    [text("\n<html>"), "but a web page"],
    [text('{"weight_map": {}}'), "but JSON; give weights that Keras saved"],
    [Uint8Array.of(0x80, 2, 0x8a, 10), "but a Python pickle"],
    [Uint8Array.of(64, 0, 0, 0, 0, 0, 0, 0, ...text('{"a":1}')), "but weights as safetensors"],
    [text("weights"), "it is not an HDF5 file; give weights that Keras saved"],
    [zip("archive/data.pkl"), "without model.weights.h5 (it holds archive/data.pkl)"],
    [tree, "an HDF5 file without layers of Keras (it holds layers)"],
    [archive.subarray(0, 2000), "it is no zip archive, or its end is missing"],
    [broken, "CRC-32"],
  ];
  for (const [bytes, state] of cases) await assertRejects(() => read(bytes), Error, state);
});

Deno.test("readNetwork ends where the links of a file lead in a circle", async () => {
  const { makeHdf5 } = await import("../../src/io/hdf5.ts");
  const circle = await makeHdf5((file) => {
    file.create_group("layers");
    for (const name of ["conv2d", "conv2d_1"]) file.create_hard_link("/", `layers/${name}`);
  });
  await assertRejects(() => read(circle), Error, "its groups have more than 32 levels");
});

Deno.test("readNetwork takes a config that is no JSON for none", async () => {
  const tree = await buildTree({ "layers/conv2d": ["stem", conv(1)] });
  const zip = buildZip([
    { name: "config.json", content: new TextEncoder().encode('{"axis": NaN}') },
    { name: "model.weights.h5", content: tree },
  ]);
  assertEquals(await layersOf(zip), [["stem", "conv2d", 1]]);
});
