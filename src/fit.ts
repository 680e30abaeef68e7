/**
 * The fit experiment: the kernels of phase 1's trials → a Gaussian per layer, the prior of phase 2.
 *
 * @module
 */
import { writeFile, writeJson } from "./io/files.ts";
import { readKerasWeights } from "./io/keras_h5.ts";
import { type NdArray, writeNpy } from "./io/npy.ts";
import {
  checkFolder,
  claimFolder,
  covarianceFile,
  listTrials,
  pictureFile,
  summaryFile,
  weightsFile,
} from "./io/run_folder.ts";
import { sampleGaussian } from "./prior/gaussian.ts";
import { kernelSamples, stackKernels } from "./prior/kernels.ts";
import { fitLayer, type LayerFit, type LayerKernels, type LayerSummary } from "./prior/layer.ts";
import { createRandom } from "./random.ts";
import { drawKernels, drawMatrix, sideBySide } from "./report/pictures.ts";
import { encodePng, type Image } from "./report/png.ts";

/** Where `fit` reads and writes. */
export interface FitOptions {
  /** The folder of phase 1's trials, e.g. "data/kernel_dataset". */
  kernelDir: string;
  /** The folder for the Gaussians, e.g. "data/gaussian_fit". */
  gaussianDir: string;
  /** Replace an earlier fit. Default false. */
  overwrite?: boolean;
}

/** What `fit` tells while it works. */
export type FitEvent =
  | { kind: "trials"; count: number }
  | { kind: "layer"; summary: LayerSummary }
  | { kind: "warning"; text: string };

/** What `fit` found; summary.json holds the same. */
export interface FitSummary {
  /** One entry a convolution layer, from the image on. */
  layers: LayerSummary[];
  /** What the reader should know, one sentence each; empty when all is well. */
  warnings: string[];
}

/**
 * Fits the kernels of all trials in a folder and writes, per layer, the covariance as .npy float32
 * and two pictures, and summary.json. Nothing is written before every layer is fitted.
 *
 * @param on Called with each event as it happens.
 * @throws {Error} If the trials cannot be read, differ in shape, or the fit cannot be made.
 */
export async function fit(
  options: FitOptions,
  on: (event: FitEvent) => void = () => {},
): Promise<FitSummary> {
  await checkFolder(options.gaussianDir, { overwrite: options.overwrite ?? false });
  const trials = await listTrials(options.kernelDir);
  on({ kind: "trials", count: trials.length });
  const layers = await readKernels(trials);
  const fits = fitKernels(layers, on);
  const summary: FitSummary = {
    layers: fits.map((layer) => layer.summary),
    warnings: fits.flatMap((layer) => layer.warnings),
  };

  const folder = options.gaussianDir;
  const pictures = layers.flatMap((layer, i) => [
    { path: pictureFile(folder, i + 1, "kernels"), png: encodePng(drawFit(layer, fits[i])) },
    {
      path: pictureFile(folder, i + 1, "covariance"),
      png: encodePng(drawMatrix(fits[i].covariance)),
    },
  ]);

  await claimFolder(folder, { overwrite: options.overwrite ?? false });
  for (const [i, { rank }] of layers.entries()) {
    const { shape, data } = fits[i].covariance;
    await writeNpy(covarianceFile(folder, i + 1, rank), { shape, data: Float32Array.from(data) });
  }
  // After the covariances: whoever finds a summary finds a whole prior.
  await writeJson(summaryFile(folder), summary);
  for (const { path, png } of pictures) await writeFile(path, png);
  return summary;
}

/**
 * Fits kernels that are already in memory; the part of `fit` that touches no files.
 *
 * @param layers Any number of layers.
 * @param on Called after each layer, and with each warning.
 * @throws {RangeError | TypeError} As {@linkcode fitLayer}.
 */
export function fitKernels(
  layers: readonly LayerKernels[],
  on: (event: FitEvent) => void = () => {},
): LayerFit[] {
  return layers.map((layer) => {
    const fit = fitLayer(layer);
    on({ kind: "layer", summary: fit.summary });
    for (const text of fit.warnings) on({ kind: "warning", text });
    return fit;
  });
}

/**
 * Draws a layer's kernels beside draws from its two Gaussians: learned | correlated | independent,
 * all in one scale of grey (3 standard deviations), as in the paper.
 *
 * @param layer The kernels that were fitted.
 * @param fit What `fitKernels` made of them.
 */
export function drawFit({ rank, kernels }: LayerKernels, fit: LayerFit): Image {
  const [, rows, columns, channels] = kernels.shape;
  const shape = rank === 3 ? [rows, columns, channels] : [rows, columns];
  const perRow = rank === 3 ? 2 : 6;
  const count = Math.min(6 * perRow, fit.summary.samples);
  const scale = 3 * Math.sqrt(fit.independent.data[0]);
  const random = createRandom(0); // which kernels are shown and which are drawn never changes

  const samples = kernelSamples(kernels, rank).data, size = fit.summary.dimensions;
  const chosen = random.shuffle(Array.from({ length: fit.summary.samples }, (_, row) => row));
  const learned = chosen.slice(0, count)
    .flatMap((row) => Array.from(samples.subarray(row * size, (row + 1) * size)));
  const panels = [
    learned,
    sampleGaussian(fit.covariance, count, random),
    sampleGaussian(fit.independent, count, random),
  ];
  return sideBySide(
    panels.map((data) =>
      drawKernels({ shape: [count, ...shape], data }, { scale, columns: perRow })
    ),
  );
}

/** Reads the convolution kernels of all trials: the first layer as rank 3, the others as rank 2. */
async function readKernels(trials: readonly string[]): Promise<LayerKernels[]> {
  const perTrial: { file: string; kernels: [name: string, kernel: NdArray][] }[] = [];
  for (const trial of trials) {
    const file = weightsFile(trial);
    perTrial.push({ file, kernels: convolutionKernels(await readKerasWeights(file)) });
  }

  const [first] = perTrial;
  if (first.kernels.length === 0) {
    throw new Error(`Cannot fit ${first.file}: it holds no conv2d kernel`);
  }
  for (const { file, kernels } of perTrial) {
    if (shapesOf(kernels) !== shapesOf(first.kernels)) {
      throw new TypeError(
        `Cannot fit ${file}: its kernels are ${
          shapesOf(kernels)
        }, but those of ${first.file} are ` +
          `${shapesOf(first.kernels)}; keep only trials of one network in the folder`,
      );
    }
    for (const [name, { data }] of kernels) {
      if (!data.every(Number.isFinite)) {
        throw new RangeError(`Cannot fit ${file}: ${name} holds a value that is not finite`);
      }
    }
  }
  return first.kernels.map((_, layer) => ({
    name: `conv${layer + 1}`,
    rank: layer === 0 ? 3 : 2,
    kernels: stackKernels(perTrial.map(({ kernels }) => kernels[layer][1])),
  }));
}

/** The kernels (K, K, C, M) of a weights file in the order of their layers. */
function convolutionKernels(weights: Map<string, NdArray>): [name: string, kernel: NdArray][] {
  return [...weights].filter(([name]) => /^conv2d_\d+\.kernel$/.test(name));
}

function shapesOf(kernels: [name: string, kernel: NdArray][]): string {
  return kernels.map(([, { shape }]) => `(${shape.join(", ")})`).join(" ");
}
