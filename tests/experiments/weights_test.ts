import type { WeightsOptions } from "../../src/experiments/find_tensors.ts";
import { fit, type FitEvent } from "../../src/experiments/fit.ts";
import { readWeights } from "../../src/experiments/weights.ts";
import { Failure } from "../../src/failure.ts";
import { formatNpy, type NdArray, readNpy } from "../../src/io/npy.ts";
import { createRandom } from "../../src/random.ts";
import { covarianceFile, summaryFile } from "../../src/runs/file_names.ts";
import { findCovariances } from "../../src/runs/find_run.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertRelative,
} from "../helpers/assert.ts";
import { packSafetensors } from "../helpers/build_safetensors.ts";
import { run } from "../helpers/command.ts";
import { test, withFiles } from "../helpers/folders.ts";

const fixtures = `${import.meta.dirname}/../fixtures/weights`;
const expected = JSON.parse(await Deno.readTextFile(`${fixtures}/fits.json`));
const files = ["net0.safetensors", "net1.safetensors", "net2.npz"].map((it) => `${fixtures}/${it}`);

/** Compares a fit with what scikit-learn found. */
async function compare(summary: Awaited<ReturnType<typeof fit>>, dir: string, names: string[]) {
  for (const [i, name] of names.entries()) {
    const { rank, samples, tikhonov, logLikelihood } = summary.layers[i], golden = expected[name];
    assertEquals([rank, samples], [golden.rank, golden.samples]);
    assertAlmostEquals(tikhonov / golden.tikhonov, 1, 1e-12);
    assertAlmostEquals(logLikelihood.correlated / golden.loglik_correlated, 1, 1e-6);
    assertAlmostEquals(logLikelihood.independent / golden.loglik_independent, 1, 1e-6);
    const { data } = await readNpy(covarianceFile(dir, i + 1, rank));
    assertRelative(data, (await readNpy(`${fixtures}/${name}.npy`)).data, 1e-6, name);
  }
}

/** Kernels (FILTERS, CHANNELS, 3, 3) of noise, as PyTorch has them. */
function noise(seed: number, filters: number, channels: number) {
  const random = createRandom(seed), shape = [filters, channels, 3, 3];
  const data = new Float32Array(filters * channels * 9).map(() => random.normal() / 10);
  return { shape, data } satisfies NdArray;
}

/** A kernel (FILTERS, CHANNELS, 3, 3) as Keras has it: (3, 3, CHANNELS, FILTERS). */
function turn({ shape: [filters, channels, rows, columns], data }: ReturnType<typeof noise>) {
  const turned = data.slice(), size = channels * rows * columns;
  for (let i = 0; i < data.length; i++) {
    const filter = Math.floor(i / size), channel = Math.floor(i / 9) % channels;
    turned[((i % 9) * channels + channel) * filters + filter] = data[i];
  }
  return { shape: [rows, columns, channels, filters], data: turned };
}

type Kernel = ReturnType<typeof noise>;

/** Reads files of these names: an array, or tensors by name. */
function read(
  contents: Record<string, Record<string, Kernel> | NdArray>,
  options: Partial<WeightsOptions> = {},
) {
  const files = Object.entries(contents).map(([name, content]) => [
    name,
    name.endsWith(".npy")
      ? formatNpy(content as NdArray)
      : packSafetensors(content as Record<string, Kernel>),
  ]);
  return withFiles(Object.fromEntries(files), (dir) => {
    const weights = Object.keys(contents).map((name) => `${dir}/${name}`);
    return readWeights({ weights, ...options });
  });
}

test("fit pools the layers of others' files by name and fits them as scikit-learn does", async (dir) => {
  const events: FitEvent[] = [];
  const options = { weights: files, gaussianDir: `${dir}/prior` };
  const summary = await fit(options, (event) => events.push(event));
  await compare(summary, `${dir}/prior`, ["pooled_conv1", "pooled_conv2", "pooled_conv3"]);
  assertEquals(summary.sources, ["features.0.weight", "features.2.weight", "features.10.weight"]);
  assertEquals(summary.warnings, []);
  const [first] = events;
  assert(first.kind === "tensors");
  assertEquals(first.tensors, summary.tensors);
  assertEquals(first.tensors.map(({ name, layer }) => layer ?? name), [
    ...["conv1", "dw.weight", "conv2", "conv3", "skip.weight"],
  ]);
  assertEquals(JSON.parse(await Deno.readTextFile(summaryFile(`${dir}/prior`))), summary);
  const found = await findCovariances(`${dir}/prior`); // as export and phase 2 look for them
  assertEquals(found.map(({ layer, rank }) => [layer, rank]), [[1, 3], [2, 2], [3, 2]]);
});

test("fit reads Keras' files as they name their layers, and too few filters by channel", async (dir) => {
  const weights = [`${fixtures}/net0.weights.h5`], gaussianDir = `${dir}/prior`;
  const summary = await fit({ weights, gaussianDir, layers: ["conv2d/*", "conv2d_1/kernel"] });
  await compare(summary, gaussianDir, ["keras_conv1", "keras_conv2"]);
  assertEquals(summary.sources, ["conv2d/kernel", "conv2d_1/kernel"]);
  const [{ reason }] = summary.layers;
  assertEquals(reason, "6 whole filters are fewer samples than the 9 needed");
  assert(summary.warnings.some((text) => text.startsWith("each layer is of one file")));
});

Deno.test("readWeights keeps layers of unlike names and shapes apart, and says so", async () => {
  const { tensors, warnings } = await read({
    "a.safetensors": { "stem.weight": noise(1, 9, 3), "body.weight": noise(2, 4, 9) },
    "b.safetensors": { "conv.weight": noise(3, 9, 3), "body.weight": noise(4, 4, 8) },
  });
  assertEquals(tensors.map(({ name, layer, stored }) => [name, layer, stored.length]), [
    ["stem.weight", "conv1", 1],
    ["body.weight", "conv2", 1],
    ["conv.weight", "conv3", 1],
    ["body.weight", "conv4", 1],
  ]);
  const apart = warnings.find((text) => text.includes("are fitted apart"));
  assert(apart?.startsWith("body.weight (4, 9, 3, 3) of "), apart);
  assert(warnings.some((text) => text.startsWith("each layer is of one file")));
});

Deno.test("readWeights pools one layer however its axes are stored, and knows a copy", async () => {
  const kernel = noise(1, 6, 3);
  const files = { "a.safetensors": { stem: kernel }, "stem.npy": turn(kernel) };
  const { tensors: [{ stored }], layers: [{ kernels: { shape, data } }], warnings } = await read(
    files,
  );
  assertEquals(stored.map(({ order }) => order), ["OIHW", "HWIO"]);
  assertEquals(shape, [12, 3, 3, 3]);
  const both = Array.from(data);
  assertEquals(both.slice(0, 162), both.slice(162));
  assertEquals([data[0], data[1], data[3]], [kernel.data[0], kernel.data[9], kernel.data[1]]);
  assertEquals(warnings.length, 1);
  assert(/stem\.npy holds the same kernels as .*a\.safetensors/.test(warnings[0]), warnings[0]);
});

Deno.test("readWeights counts the numbers in names and begins with what reads the image", async () => {
  const { tensors } = await read({
    "a.safetensors": {
      "body.10.weight": noise(1, 9, 8),
      "body.2.weight": noise(2, 8, 9),
      "stem.weight": noise(3, 9, 3),
    },
  });
  assertEquals(tensors.map(({ name }) => name), ["stem.weight", "body.2.weight", "body.10.weight"]);
});

Deno.test("readWeights gives each layer the rank of its samples, or the one that is asked for", async () => {
  const file = {
    "a.safetensors": { "stem.weight": noise(1, 9, 3), "body.weight": noise(2, 8, 9) },
  };
  for (
    const [rank, fitted] of [
      [undefined, [["conv1", 3, 9], ["conv2", 2, 72]]],
      [2, [["conv1", 2, 27], ["conv2", 2, 72]]],
      [3, [["conv1", 3, 9], [undefined, 3, 8]]], // 8 filters are too few
    ] as const
  ) {
    const { tensors } = await read(file, { rank });
    assertEquals(tensors.map(({ layer, rank, samples }) => [layer, rank, samples]), [
      ...fitted.map((it) => [...it]),
    ]);
  }
});

Deno.test("readWeights takes the order of axes that is told", async () => {
  const kernel: NdArray = noise(1, 3, 3); // 3 of everything
  const [asTorch, asKeras, turned] = await Promise.all([
    read({ "a.npy": kernel }, { order: "OIHW" }),
    read({ "a.npy": kernel }, { order: "HWIO" }),
    read({ "a.npy": turn(noise(1, 3, 3)) }, { order: "HWIO" }),
  ]);
  assertEquals(turned.layers[0].kernels, asTorch.layers[0].kernels);
  assert(asKeras.layers[0].kernels.data[1] !== asTorch.layers[0].kernels.data[1]);
});

const bad = noise(1, 9, 3);
bad.data[4] = NaN;
const flat = noise(1, 9, 3);
flat.data.fill(0.5);
const both: NdArray = { shape: [3, 3, 3, 3], data: new Float32Array(81) };
for (
  const [what, contents, options, says] of [
    [
      "few samples",
      { "a.safetensors": { w: noise(1, 1, 8) } },
      {},
      "w (1, 8, 3, 3): its 8 samples",
    ],
    ["no number", { "a.safetensors": { w: bad } }, {}, "Cannot fit w (9, 3, 3, 3) of"],
    ["one number alone", { "a.safetensors": { w: flat } }, {}, "all of its values are 0.5"],
    ["any order of axes", { "a.npy": both }, {}, "give --order=OIHW or --order=HWIO"],
    [
      "Keras' order of axes",
      { "a.safetensors": { w: { ...noise(1, 8, 4), shape: [3, 3, 4, 8] } } },
      {},
      "give --order=HWIO",
    ],
    ["no such layer", { "a.npy": noise(1, 9, 3) }, { layers: ["b*"] }, "Cannot find b* in"],
    ["no kernel", { "a.npy": { shape: [3], data: new Float32Array(3) } }, {}, "but a (3)"],
  ] as [string, Parameters<typeof read>[0], Partial<WeightsOptions>, string][]
) {
  Deno.test(`readWeights refuses weights of ${what}, names file and tensor, and says what would do`, async () => {
    const { message } = await assertRejects(() => read(contents, options), Failure, says);
    assert(message.includes(Object.keys(contents)[0]), message);
  });
}

Deno.test("fit refuses options that contradict each other before it reads anything", async () => {
  for (
    const [options, says] of [
      [{ kernelDir: "x", weights: ["y"] }, "give either --kernel-dir or --weights"],
      [{}, "give either --kernel-dir or --weights"],
      [{ kernelDir: "x", layers: ["a"] }, "--layers and --order need --weights"],
      [{ kernelDir: "x", order: "OIHW" }, "--layers and --order need --weights"],
    ] as const
  ) {
    const refusal = await assertRejects(() => fit({ ...options, gaussianDir: "z" }), Failure, says);
    assertEquals((refusal as Failure).kind, "usage");
  }
});

test("fit --weights prints what it found and why", async (dir) => {
  const args = [`--weights=${files[0]}`, "--rank=2", "--layers=features.1*,dw.weight"];
  const { code, stdout, stderr } = await run("fit", [...args, `--gaussian-dir=${dir}/prior`]);
  assertEquals(code, 0, stderr);
  for (
    const line of [
      /^features\.10\.weight +4×6×3×3 +3×3 +6 +4 +24 +conv1$/m,
      /^not fitted: features\.0\.weight, .*skip\.weight: --layers does not name it$/m,
      /^axes OIHW, \(filters, channels, rows, columns\): .*net0\.safetensors$/m,
      /^rank 2 for conv1: --rank asks for it$/m,
    ]
  ) assert(line.test(stdout), `${line} in ${stdout}`);
});
