import { fit, type FitEvent, fitKernels } from "../../src/experiments/fit.ts";
import type { LayerKernels } from "../../src/prior/fit_layer.ts";
import { writeKerasWeights } from "../../src/io/keras_h5.ts";
import { type NdArray, readNpy } from "../../src/io/npy.ts";
import { Failure } from "../../src/failure.ts";
import { writeJson } from "../../src/io/files.ts";
import { createConfig } from "../../src/runs/config.ts";
import { covarianceFile, summaryFile, trialName, weightsFile } from "../../src/runs/file_names.ts";
import { checkCovariance } from "../../src/prior/gaussian.ts";
import { createRandom } from "../../src/random.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertRelative,
} from "../helpers/assert.ts";
import { run } from "../helpers/command.ts";
import { array, buildListed } from "../helpers/build_keras.ts";
import { checkSvg, textsOf } from "../helpers/check_svg.ts";
import { test, writeFolder } from "../helpers/folders.ts";

const fixtures = `${import.meta.dirname}/../fixtures/fit`;
const TRIALS = 8;

/** Writes one trial's cnn.h5, by default of one layer of noise, and returns its path. */
async function writeTrial(
  dir: string,
  trial: number,
  weights = new Map([["conv2d_1.kernel", noise(trial)]]),
) {
  const folder = `${dir}/kernels/${trialName(trial)}`;
  await Deno.mkdir(folder, { recursive: true });
  await writeKerasWeights(weightsFile(folder), weights);
  return weightsFile(folder);
}

/** The filters of one trial out of (TRIALS·M, K, K, C), as Keras keeps them: (K, K, C, M). */
function kerasKernel(all: NdArray, trial: number): NdArray {
  const [count, rows, columns, channels] = all.shape;
  const filters = count / TRIALS, size = rows * columns * channels;
  const data = new Float32Array(filters * size).map((_, i) =>
    all.data[(trial * filters + i % filters) * size + Math.floor(i / filters)]
  );
  return { shape: [rows, columns, channels, filters], data };
}

/** A kernel (2, 2, C, M) of noise. */
function noise(seed: number, channels = 1, filters = 5): NdArray {
  const random = createRandom(seed);
  const data = new Float32Array(4 * channels * filters).map(() => random.normal() / 10);
  return { shape: [2, 2, channels, filters], data };
}

const dirs = (dir: string) => ({ kernelDir: `${dir}/kernels`, gaussianDir: `${dir}/gaussian` });

test("fit writes the covariances and numbers of the authors' code", async (dir) => {
  const layers = await Promise.all(
    [1, 2, 3].map((layer) => readNpy(`${fixtures}/kernels_conv${layer}.npy`)),
  );
  for (let trial = 0; trial < TRIALS; trial++) {
    const weights = new Map<string, NdArray>();
    layers.forEach((kernels, i) => {
      weights.set(`conv2d_${i + 1}.kernel`, kerasKernel(kernels, trial));
      weights.set(`conv2d_${i + 1}.bias`, { shape: [1], data: new Float32Array(1) });
    });
    weights.set("dense_1.kernel", { shape: [2, 2], data: new Float32Array(4) });
    await writeTrial(dir, trial, weights);
  }
  const events: FitEvent[] = [];
  const summary = await fit(dirs(dir), (event) => events.push(event));

  assertEquals(summary.trials, TRIALS);
  const expected = JSON.parse(await Deno.readTextFile(`${fixtures}/expected.json`));
  for (const [i, { name, rank, samples, tikhonov, logLikelihood }] of summary.layers.entries()) {
    const golden = expected[name];
    assertEquals([rank, samples], [golden.rank, golden.samples]);
    assertAlmostEquals(tikhonov / golden.tikhonov, 1, 1e-12);
    assertAlmostEquals(logLikelihood.correlated / golden.loglik_correlated, 1, 1e-6);
    assertAlmostEquals(logLikelihood.independent / golden.loglik_independent, 1, 1e-6);

    const covariance = await readNpy(covarianceFile(`${dir}/gaussian`, i + 1, rank));
    const wanted = await readNpy(`${fixtures}/${name}_cov_rank${rank}.npy`);
    assert(covariance.data instanceof Float32Array);
    assertEquals(covariance.shape, wanted.shape);
    assertRelative(covariance.data, wanted.data, 1e-6, name);
    await checkCovariance(covariance, name);
    for (const picture of ["kernels", "covariance", "tikhonov"]) {
      const svg = await Deno.readTextFile(`${dir}/gaussian/${name}_${picture}.svg`);
      checkSvg(svg);
      assert(textsOf(svg)[0].startsWith(`${name}: `), textsOf(svg)[0]);
    }
  }
  assertEquals([summary.kernelDir, summary.warnings], [`${dir}/kernels`, []]);
  assertEquals(JSON.parse(await Deno.readTextFile(summaryFile(`${dir}/gaussian`))), summary);
  assertEquals(events.map((event) => event.kind), ["trials", "layer", "layer", "layer"]);
});

test("fit takes layers in the file's order, whatever number Keras began with", async (dir) => {
  for (const trial of [0, 1]) {
    const layers = [["conv2d_9.kernel", noise(trial)], ["conv2d_10.kernel", noise(trial, 5, 3)]];
    await writeTrial(dir, trial, new Map(layers as [string, NdArray][]));
  }
  const { layers } = await fit(dirs(dir));
  assertEquals(layers.map(({ name, samples }) => `${name} ${samples}`), ["conv1 10", "conv2 30"]);
});

test("fit replaces an earlier fit only with overwrite", async (dir) => {
  for (const trial of [0, 1]) await writeTrial(dir, trial);
  await fit(dirs(dir));
  const file = covarianceFile(`${dir}/gaussian`, 1, 3);
  const before = await Deno.readFile(file);

  await writeTrial(dir, 2);
  await assertRejects(() => fit(dirs(dir)), Error, "gaussian");
  assertEquals(await Deno.readFile(file), before);

  const { layers } = await fit({ ...dirs(dir), overwrite: true });
  assertEquals(layers[0].samples, 15);
});

test("fit refuses fewer finished trials than it is told of, and takes more", async (dir) => {
  for (const trial of [0, 1]) await writeTrial(dir, trial);
  await assertRejects(() => fit({ ...dirs(dir), trials: 3 }), Failure, "2 of the 3 trials");
  assertEquals((await fit({ ...dirs(dir), trials: 2 })).layers[0].samples, 10);
  assertEquals((await fit({ ...dirs(dir), trials: 1, overwrite: true })).layers[0].samples, 10);
});

test("fit says so where its trials were trained on different adapters", async (dir) => {
  for (const trial of [0, 1]) await writeTrial(dir, trial);
  const made = (name: string, trial: number) => {
    const adapter = { name, vendor: "", software: false };
    const origin = { command: null, seed: 0, adapter, options: {} };
    return createConfig("phase1", origin, {}, ["trial000", "trial001"], [trialName(trial)]);
  };
  const mixed = { ...made("an H100", 1), earlier: [made("lavapipe", 0)] };
  await writeJson(`${dir}/kernels/config.json`, mixed);
  const { warnings } = await fit(dirs(dir));
  assertEquals(warnings.filter((text) => text.includes("adapters")), [
    `the trials in ${dir}/kernels were trained on different adapters (1 on lavapipe, 1 on an ` +
    `H100), where equal seeds do not give equal bits`,
  ]);
});

const broken = noise(9);
broken.data[3] = Infinity;
for (
  const [fault, weights, says] of [
    ["of another shape", { "conv2d_1.kernel": noise(9, 1, 6) }, "(2, 2, 1, 6)"],
    ["with one layer more", { "conv2d_1.kernel": noise(9), "conv2d_2.kernel": noise(9) }, "(2, 2"],
    ["that is not finite", { "conv2d_1.kernel": broken }, "conv2d_1.kernel"],
  ] as const
) {
  test(`fit names the file of a trial ${fault} and writes nothing`, async (dir) => {
    for (const trial of [0, 1]) await writeTrial(dir, trial);
    const file = await writeTrial(dir, 2, new Map(Object.entries(weights)));
    const refusal = await assertRejects(() => fit(dirs(dir)), Error, says);
    assert(refusal.message.includes(file), refusal.message);
    await assertRejects(() => Deno.stat(`${dir}/gaussian`), Deno.errors.NotFound);
  });
}

test("fit says so when a trial has no convolution", async (dir) => {
  const file = await writeTrial(dir, 0, new Map([["dense_1.kernel", noise(0)]]));
  await assertRejects(() => fit(dirs(dir)), Error, "holds no conv2d kernel");
  const dense = { dense_1: { "dense_1/kernel:0": array(0, 4, 3) } };
  const others = { "conv2d_1/kernel:0": array(0, 3, 3, 1, 2) };
  await Deno.writeFile(file, await buildListed(dense, { others }));
  const says = "holds no conv2d kernel; conv2d_1/kernel:0 (3, 3, 1, 2) is left out: no list";
  await assertRejects(() => fit(dirs(dir)), Error, says);
});

test("fit takes every convolution of a model inside a model, and says what it leaves out", async (dir) => {
  const weights = (seed: number) => ({
    stem: { "stem/kernel:0": noise(seed, 3) },
    up: { "up/kernel:0": noise(seed, 4), "up/bias:0": array(0, 4) },
    body: { "conv2d_1/kernel:0": noise(seed + 1, 5), "conv2d_2/kernel:0": noise(seed + 2, 5) },
  });
  for (const trial of [0, 1]) {
    const attributes = { keras_version: "2.10.0" };
    const bytes = await buildListed(weights(10 * trial), { attributes });
    await writeFolder(dir, { [weightsFile(`kernels/${trialName(trial)}`)]: bytes });
  }
  const events: FitEvent[] = [];
  const { layers, sources, warnings } = await fit(dirs(dir), (event) => events.push(event));
  assertEquals(layers.map(({ name, samples }) => [name, samples]), [
    ...[["conv1", 10], ["conv2", 50], ["conv3", 50]],
  ]);
  assertEquals(sources, ["stem", "body/conv2d_1", "body/conv2d_2"]);
  assertEquals(events[0], { kind: "trials", count: 2, sources });
  const leftOut =
    "up/kernel (2, 2, 4, 5) is not fitted: nothing tells that it is the kernel of a " +
    "plain 2-D convolution";
  assertEquals(warnings.filter((text) => text.includes("up/")), [leftOut]); // once, not per trial
  assert(events.some((event) => event.kind === "warning" && event.text === leftOut));
});

test("fit warns of copies and of a single trial, in its events and its summary", async (dir) => {
  const weights = new Map([["conv2d_1.kernel", noise(0, 1, 9)]]);
  for (
    const [trials, says] of [
      [[0], "there is only one trial"],
      [[1, 2], "trial001 holds the same kernels as trial000"],
    ] as const
  ) {
    for (const trial of trials) await writeTrial(dir, trial, weights);
    const events: FitEvent[] = [];
    const { warnings } = await fit({ ...dirs(dir), overwrite: true }, (event) => {
      events.push(event);
    });
    assert(warnings.some((text) => text.startsWith(says)), warnings.join("\n"));
    assertEquals(events.flatMap((it) => it.kind === "warning" ? it.text : []), warnings);
    const { warnings: kept } = JSON.parse(await Deno.readTextFile(summaryFile(`${dir}/gaussian`)));
    assertEquals(kept, warnings);
  }
});

test("fit of one trial that is too small gives one line, in good English", async (dir) => {
  await writeTrial(dir, 0);
  const args = [`--kernel-dir=${dir}/kernels`, `--gaussian-dir=${dir}/gaussian`];
  const { code, stdout, stderr } = await run("fit", args);
  assertEquals([code, stderr.trim().split("\n").length], [5, 1], stderr);
  assert(stdout.startsWith(`kernels of 1 trial in ${dir}/kernels\nlayers      conv2d_1\n`), stdout);
});

Deno.test("fitKernels passes a layer's warnings on", async () => {
  const data = new Float64Array(40).map((_, i) => 1e-6 * Math.sin(i * i));
  const events: FitEvent[] = [];
  const kernels = { shape: [10, 2, 2, 1], data };
  const layer: LayerKernels = { name: "conv1", rank: 3, kernels };
  const [{ warnings }] = await fitKernels([layer], (event) => events.push(event));
  assertEquals(warnings.length, 2); // τ, and correlations that help nothing
  assertEquals(events.slice(1), warnings.map((text) => ({ kind: "warning", text })));
});
