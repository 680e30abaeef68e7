import { Failure } from "../../src/failure.ts";
import { exportPrior } from "../../src/experiments/export.ts";
import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { readJson } from "../../src/io/files.ts";
import { type NdArray, readNpy, writeNpy } from "../../src/io/npy.ts";
import {
  covarianceFile,
  exampleFile,
  exportedMatrixFile,
  priorFile,
  summaryFile,
} from "../../src/runs/file_names.ts";
import { phase2Network } from "../../src/nn/paper_network.ts";
import { createLayout, joinParameters } from "../../src/nn/layout.ts";
import { createRegularizer } from "../../src/nn/regularizer.ts";
import { precision } from "../../src/prior/gaussian.ts";
import { createRandom } from "../../src/random.ts";
import { arrayOf } from "../../src/reference/array.ts";
import { smoothKernel } from "../../src/reference/regularizer.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../helpers/assert.ts";
import { outputOf, run, succeeds } from "../helpers/command.ts";
import { gpu } from "../helpers/device.ts";
import { inTempDir, test, withFiles, writeFolder } from "../helpers/folders.ts";
import { fitFiles } from "../helpers/report_folders.ts";

const layout = createLayout(phase2Network(2, [48, 48]));
const LAMBDA = 0.05 * 2.57; // the examples' own
const RANKS = [3, 2, 2] as const;

/** A random covariance A·Aᵀ/D + I/10, as `fit` writes it: float32. */
function randomCovariance(dimensions: number, seed: number): NdArray {
  const random = createRandom(seed);
  const a = Float64Array.from({ length: dimensions ** 2 }, () => random.normal());
  const data = new Float32Array(dimensions ** 2).map((_, at) => {
    const [i, j] = [Math.floor(at / dimensions), at % dimensions];
    let sum = i === j ? 0.1 : 0;
    for (let k = 0; k < dimensions; k++) {
      sum += a[i * dimensions + k] * a[j * dimensions + k] / dimensions;
    }
    return sum;
  });
  return { shape: [dimensions, dimensions], data };
}

/** A fitted prior of the paper's layers, written to a folder. */
async function writePrior(dir: string): Promise<NdArray[]> {
  const covariances = [75, 25, 25].map(randomCovariance);
  for (const [i, covariance] of covariances.entries()) {
    await writeNpy(covarianceFile(dir, i + 1, RANKS[i]), covariance);
  }
  return covariances;
}

/** A trial's random parameters, by name. */
function randomParameters(): Map<string, NdArray> {
  const random = createRandom(7);
  return new Map(layout.parameters.map(({ name, shape, size }) => [
    name,
    { shape, data: new Float32Array(size).map(() => random.normal() / 10) },
  ]));
}

/** (K, K, C, M) → (M, C, K, K) */
function torchKernel({ shape: [rows, columns, channels, filters], data }: NdArray): NdArray {
  const moved = new Float32Array(data.length);
  let from = 0;
  for (let r = 0; r < rows; r++) {
    for (let q = 0; q < columns; q++) {
      for (let c = 0; c < channels; c++) {
        for (let m = 0; m < filters; m++) {
          moved[((m * channels + c) * rows + r) * columns + q] = data[from++];
        }
      }
    }
  }
  return { shape: [filters, channels, rows, columns], data: moved };
}

/** Each layer's penalty as training computes it, in float32 on the GPU. */
async function ourPenalties(covariances: NdArray[], weights: Map<string, NdArray>) {
  const row = joinParameters(layout, weights, "the test");
  return await gpu.scope(async (gpu) => {
    const parameters = createTensor(gpu, "parameters", [1, layout.row], row);
    const gradients = createTensor(gpu, "gradients", [1, layout.row]);
    const inverses = await Promise.all(
      covariances.map((covariance) => precision(covariance, { unitDeterminant: true })),
    );
    const precisions = inverses.map(({ data }) => data);
    const spec = { lambda: LAMBDA, precisions, denseL2: [0] };
    const rows = { parameters, gradients };
    const { penalties, measure } = await createRegularizer(gpu, layout, spec, rows);
    submit(gpu, measure);
    const [parts] = await download(gpu, [penalties]);
    let first = 0; // of a layer's parts, one a vector
    return layout.convs.map(({ weights }, i) => {
      const vectors = weights.size / covariances[i].shape[0];
      return parts.slice(first, first += vectors).reduce((sum, part) => sum + part, 0);
    });
  });
}

/** The float64 twin's. */
async function exactPenalties(
  covariances: NdArray[],
  weights: Map<string, NdArray>,
): Promise<number[]> {
  return await Promise.all(covariances.map(async (covariance, i) => {
    const [dimensions] = covariance.shape;
    const { data } = weights.get(`conv2d_${i + 1}.kernel`)!;
    const w = arrayOf([dimensions, data.length / dimensions], data);
    const inverse = await precision(covariance, { unitDeterminant: true });
    return smoothKernel(w, arrayOf(inverse.shape, inverse.data), LAMBDA).penalty;
  }));
}

/** The first Python that has these modules. */
async function findPython(...modules: string[]): Promise<string | undefined> {
  const look = `import importlib.util, sys
sys.exit(any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))`;
  for (const python of ["python3", "/usr/bin/python3"]) { // a Python of one's own hides the system's
    if (await succeeds(python, "-c", look, ...modules)) return python;
  }
}

/** Exports a prior, runs an example on random kernels and compares its penalties with ours. */
async function checkExample(
  framework: "pytorch" | "keras",
  python: string,
  env: Record<string, string> = {},
): Promise<void> {
  await inTempDir(async (dir) => {
    const covariances = await writePrior(`${dir}/prior`);
    await exportPrior({ gaussianDir: `${dir}/prior`, out: `${dir}/out` });
    const weights = randomParameters();
    const files = [];
    for (const layer of [1, 2, 3]) {
      const kernel = weights.get(`conv2d_${layer}.kernel`)!;
      const file = `${dir}/kernel${layer}.npy`;
      await writeNpy(file, framework === "pytorch" ? torchKernel(kernel) : kernel);
      files.push(file);
    }
    const args = [exampleFile(`${dir}/out`, framework), ...files];
    const { stdout, stderr } = await outputOf(python, { args, env });
    const printed = [...stdout.matchAll(/^conv(\d) {2}penalty (\S+)$/gm)];
    assertEquals(printed.map(([, layer]) => layer), ["1", "2", "3"], stderr);
    const theirs = printed.map(([, , penalty]) => Number(penalty));
    const ours = await ourPenalties(covariances, weights);
    const exact = await exactPenalties(covariances, weights);
    for (const i of [0, 1, 2]) {
      assert(exact[i] > 0.1, `conv${i + 1}: ${exact[i]}`);
      assertAlmostEquals(ours[i] / exact[i], 1, 1e-5, `ours, conv${i + 1}`);
      assertAlmostEquals(theirs[i] / exact[i], 1, 1e-5, `${framework}, conv${i + 1}`);
      assertAlmostEquals(theirs[i] / ours[i], 1, 1e-5, `${framework} and ours, conv${i + 1}`);
    }
  });
}

const [torchPython, kerasPython, numpyPython] = await Promise.all([
  findPython("torch", "numpy"),
  findPython("keras", "numpy"),
  findPython("numpy"),
]);

Deno.test({
  name: "exportPrior's PyTorch example computes our penalty (needs python3 with torch)",
  ignore: torchPython === undefined,
}, () => checkExample("pytorch", torchPython!));

Deno.test({
  name: "exportPrior's Keras example computes our penalty (needs python3 with Keras 3)",
  ignore: kerasPython === undefined,
}, () => checkExample("keras", kerasPython!));

/** What the example takes of Keras 3, as NumPy computes it. */
const NUMPY_AS_KERAS = `import numpy

class regularizers:
    class Regularizer:
        pass

class ops:
    cast = staticmethod(lambda x, dtype: numpy.asarray(x, dtype))
    convert_to_tensor = staticmethod(numpy.asarray)
    matmul = staticmethod(numpy.matmul)
    reshape = staticmethod(numpy.reshape)
    sum = staticmethod(numpy.sum)
`;

Deno.test({
  name:
    "exportPrior's Keras example computes our penalty by its formula (needs python3 with numpy)",
  ignore: numpyPython === undefined,
}, () =>
  withFiles({ "keras.py": NUMPY_AS_KERAS }, async (dir) => {
    const env = { PYTHONPATH: dir, PYTHONDONTWRITEBYTECODE: "1" };
    await checkExample("keras", numpyPython!, env);
  }));

test("exportPrior writes float64 matrices, S with determinant 1, and all of it as JSON", async (dir) => {
  const covariances = await writePrior(`${dir}/prior`);
  const out = `${dir}/out`;
  const prior = await exportPrior({ gaussianDir: `${dir}/prior`, out });
  assertEquals(await readJson(priorFile(out)), prior);
  assertEquals(
    prior.layers.map(({ name, rank, dimensions, order }) => [name, rank, dimensions, order]),
    [
      ["conv1", 3, 75, "row, column, channel"],
      ["conv2", 2, 25, "row, column"],
      ["conv3", 2, 25, "row, column"],
    ],
  );
  for (const [i, covariance] of covariances.entries()) {
    const [sigma, s] = await Promise.all(
      (["covariance", "precision"] as const).map((what) =>
        readNpy(exportedMatrixFile(out, i + 1, what))
      ),
    );
    assert(sigma.data instanceof Float64Array && s.data instanceof Float64Array);
    assertEquals(sigma.data, Float64Array.from(covariance.data));
    assertEquals(prior.layers[i].covariance.flat(), [...sigma.data]);
    assertEquals(prior.layers[i].precision.flat(), [...s.data]);
    // S·Σ is the identity times det(Σ)^(1/D): one number all along the diagonal.
    const [dimensions] = s.shape;
    const scale = product(s, sigma, 0, 0);
    for (let k = 0; k < dimensions; k++) {
      assertAlmostEquals(product(s, sigma, k, k) / scale, 1, 1e-9);
      assertAlmostEquals(product(s, sigma, k, (k + 1) % dimensions) / scale, 0, 1e-9);
    }
    const unit = await precision(s, { unitDeterminant: true }); // of determinant 1: just the inverse
    assertAlmostEquals(product(unit, s, 0, 0), 1, 1e-9);
  }
});

/** (A·B)[i, j] */
function product(
  a: { shape: number[]; data: ArrayLike<number> },
  b: NdArray,
  i: number,
  j: number,
) {
  const [n] = a.shape;
  let sum = 0;
  for (let k = 0; k < n; k++) sum += a.data[i * n + k] * b.data[k * n + j];
  return sum;
}

test("exportPrior repeats what the fit had to say of the prior", async (dir) => {
  await writePrior(dir);
  const options = { gaussianDir: dir, out: `${dir}/out`, overwrite: true };
  assertEquals((await exportPrior(options)).warnings, []); // the authors' folders have no summary
  await writeFolder(dir, fitFiles());
  const prior = await exportPrior(options);
  assertEquals(prior.warnings, [`the prior in ${dir}: conv1: <b>few</b> kernels`]);
  assertEquals(await readJson(priorFile(options.out)), prior);
  await run("export", [`--gaussian-dir=${dir}`, `--out=${dir}/out2`]).then(({ stderr }) =>
    assertEquals(stderr, `warning: the prior in ${dir}: conv1: <b>few</b> kernels\n`)
  );
});

test("exportPrior names what is missing or wrong, and replaces only with overwrite", async (dir) => {
  const options = { gaussianDir: `${dir}/prior`, out: `${dir}/out` };
  await assertRejects(() => exportPrior(options), Error, "Cannot find a fitted prior in");
  await writePrior(`${dir}/prior`);
  await exportPrior(options);
  await assertRejects(() => exportPrior(options), Error, "--overwrite");
  const onto = { ...options, out: `${dir}/fit`, overwrite: true };
  await Deno.mkdir(onto.out);
  await Deno.writeTextFile(summaryFile(onto.out), "{}");
  await assertRejects(() => exportPrior(onto), Error, "it holds the results of a run");
  await Deno.writeTextFile(`${dir}/out/mine.txt`, "");
  await exportPrior({ ...options, overwrite: true });
  assert((await Deno.stat(`${dir}/out/mine.txt`)).isFile);
  const wrong = { shape: [2, 3], data: new Float32Array(6) };
  await writeNpy(covarianceFile(`${dir}/prior`, 2, 2), wrong);
  const again = { ...options, overwrite: true };
  await assertRejects(() => exportPrior(again), Failure, "conv2_cov_rank2.npy as a covariance");
  assert((await Deno.stat(priorFile(options.out))).isFile);
});
