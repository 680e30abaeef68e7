/**
 * The fit experiment: the kernels of phase 1's trials → a Gaussian per layer, the prior of phase 2.
 *
 * @module
 */
import { Failure, judgeInput } from "../failure.ts";
import { writeJson, writeText } from "../io/files.ts";
import { writeNpy } from "../io/npy.ts";
import { readNetwork } from "../io/read_keras.ts";
import { findCopies, type TrialKernels } from "../prior/copies.ts";
import { sampleGaussian } from "../prior/gaussian.ts";
import { askedRank, chooseRank } from "../prior/choose_rank.ts";
import { kernelSamples, stackKernels } from "../prior/kernels.ts";
import {
  fitLayer,
  type LayerFit,
  type LayerKernels,
  type LayerSummary,
} from "../prior/fit_layer.ts";
import { type NamedKernel, selectKernels } from "../prior/select_kernels.ts";
import { createRandom } from "../random.ts";
import { drawCovariance } from "../report/draw_covariance.ts";
import { drawKernelPanels } from "../report/draw_kernels.ts";
import { drawTikhonov } from "../report/draw_tikhonov.ts";
import { createConfig, mixedAdapters, readConfig } from "../runs/config.ts";
import * as files from "../runs/file_names.ts";
import type { FitSummary, FoundTensor } from "../runs/summaries.ts";
import { checkFolder, replaceFolder } from "../runs/take_folder.ts";
import type { WeightsOptions } from "./find_tensors.ts";
import { readWeights } from "./weights.ts";

/** Where `fit` reads and writes. */
export interface FitOptions extends Partial<WeightsOptions> {
  /** The folder of phase 1's trials, e.g. "data/kernel_dataset"; this or `weights`. */
  kernelDir?: string;
  /** The folder for the Gaussians, e.g. "data/gaussian_fit". */
  gaussianDir: string;
  /** The fewest finished trials that there must be; default 1. */
  trials?: number;
  /** Replace an earlier fit. Default false. */
  overwrite?: boolean;
  /** The command line, for config.json. */
  command?: string;
}

/** What `fit` tells while it works. */
export type FitEvent =
  | { kind: "trials"; count: number; sources: string[] }
  | { kind: "tensors"; tensors: FoundTensor[] }
  | { kind: "layer"; summary: LayerSummary }
  | { kind: "warning"; text: string };

/**
 * Fits the kernels of all trials in a folder, or those in weights files, and writes, per layer, the
 * covariance as .npy float32 and three pictures as SVG, and summary.json. Nothing is written before
 * every layer is fitted.
 *
 * @param on Called with each event as it happens.
 * @throws {Error} If the trials or files cannot be read, trials differ in shape, or the fit cannot be
 * made.
 */
export async function fit(
  options: FitOptions,
  on: (event: FitEvent) => void = () => {},
): Promise<FitSummary> {
  const { kernelDir, weights, gaussianDir: folder, overwrite = false, command = null } = options;
  checkSource(options);
  await checkFolder(folder, { overwrite, only: files.FIT_FILE });
  const started = new Date().toISOString();
  const { layers, sources, warnings, tensors, trials } = kernelDir === undefined
    ? await readFiles({ ...options, weights: weights! }, on)
    : await readTrials({ ...options, kernelDir }, on);
  const fits = await judgeInput(() => fitKernels(layers, on));
  for (const text of warnings) on({ kind: "warning", text });
  const summary: FitSummary = {
    ...kernelDir === undefined ? { tensors } : { kernelDir, trials },
    layers: fits.map((layer) => layer.summary),
    sources,
    warnings: [...fits.flatMap((layer) => layer.warnings), ...warnings],
  };

  const pictures = await Promise.all(layers.map((layer, i) => drawFit(layer, fits[i])));

  const { command: _, overwrite: __, ...given } = options;
  const made = { command, seed: null, adapter: null, options: given };
  await replaceFolder(folder, { overwrite, only: files.FIT_FILE }, async () => {
    await writeJson(files.configFile(folder), { ...createConfig("fit", made, {}), started });
    for (const [i, { rank }] of layers.entries()) {
      const { shape, data } = fits[i].covariance, file = files.covarianceFile(folder, i + 1, rank);
      await writeNpy(file, { shape, data: Float32Array.from(data) });
    }
    for (const [i, layer] of pictures.entries()) {
      for (const what of ["kernels", "covariance", "tikhonov"] as const) {
        await writeText(files.pictureFile(folder, i + 1, what), layer[what]);
      }
    }
    await writeJson(files.summaryFile(folder), summary); // it comes last, so that whoever finds it finds a whole prior
  });
  return summary;
}

/**
 * Fits kernels that are already in memory; the part of `fit` that touches no files.
 *
 * @param layers Any number of layers.
 * @param on Called after each layer, and with each warning.
 * @throws {RangeError | TypeError} As {@linkcode fitLayer}.
 */
export async function fitKernels(
  layers: readonly LayerKernels[],
  on: (event: FitEvent) => void = () => {},
): Promise<LayerFit[]> {
  const fits: LayerFit[] = [];
  for (const layer of layers) {
    const fit = await fitLayer(layer);
    on({ kind: "layer", summary: fit.summary });
    for (const text of fit.warnings) on({ kind: "warning", text });
    fits.push(fit);
  }
  return fits;
}

/**
 * Draws a layer's fit: its kernels beside draws from its two Gaussians, all in one scale of grey (3
 * standard deviations), as in the paper; the covariances; the choice of τ.
 *
 * @param layer The kernels that were fitted.
 * @param fit What `fitKernels` made of them.
 * @returns SVG documents.
 */
export async function drawFit(
  { name, rank, kernels }: LayerKernels,
  { summary, covariance, independent }: LayerFit,
): Promise<Record<"kernels" | "covariance" | "tikhonov", string>> {
  const [, rows, columns, channels] = kernels.shape;
  const shape = rank === 3 ? [rows, columns, channels] : [rows, columns];
  const sample = rank === 3 ? "a kernel" : "one channel of a kernel";
  const perRow = rank === 3 ? 2 : 6;
  const count = Math.min(6 * perRow, summary.samples);
  const random = createRandom(0); // which kernels are shown and which are drawn never changes

  const samples = kernelSamples(kernels, rank).data, size = summary.dimensions;
  const chosen = random.shuffle(Array.from({ length: summary.samples }, (_, row) => row));
  const learned = chosen.slice(0, count)
    .flatMap((row) => Array.from(samples.subarray(row * size, (row + 1) * size)));
  const panel = (data: ArrayLike<number>) => ({ shape: [count, ...shape], data });
  return {
    kernels: await drawKernelPanels({
      learned: panel(learned),
      correlated: panel(await sampleGaussian(covariance, count, random)),
      independent: panel(await sampleGaussian(independent, count, random)),
      scale: 3 * Math.sqrt(independent.data[0]),
      columns: perRow,
    }, `${name}: kernels, learned and drawn`),
    covariance: await drawCovariance(
      { correlated: covariance, independent, shape },
      `${name}: covariance of the weights of ${sample}`,
    ),
    tikhonov: await drawTikhonov(
      summary.validation,
      summary.tikhonov,
      `${name}: cross-validation of τ; a sample is ${sample}`,
    ),
  };
}

/** @throws {Failure} "usage" where options contradict each other. */
function checkSource({ kernelDir, weights, layers = [], order, trials }: FitOptions): void {
  if ((kernelDir === undefined) === (weights === undefined)) {
    throw new Failure("usage", "Cannot fit: give either --kernel-dir or --weights");
  }
  if (weights === undefined && (layers.length > 0 || order !== undefined)) {
    throw new Failure("usage", "Cannot fit: --layers and --order need --weights=FILE,…");
  }
  if (weights !== undefined && trials !== undefined) {
    throw new Failure("usage", "Cannot fit: --trials counts those of --kernel-dir, not --weights");
  }
}

/** The kernels that are to be fitted. */
interface Kernels {
  layers: LayerKernels[];
  sources: string[];
  warnings: string[];
  tensors?: FoundTensor[];
  trials?: number;
}

async function readFiles(
  options: WeightsOptions,
  on: (event: FitEvent) => void,
): Promise<Kernels> {
  const found = await readWeights(options, (tensors) => on({ kind: "tensors", tensors }));
  const taken = found.tensors.filter(({ layer }) => layer !== undefined);
  return { ...found, sources: taken.map(({ name }) => name) };
}

/** Reads the convolution kernels of all trials; the first layer is the one that reads the image. */
async function readTrials(
  { kernelDir, rank, trials: least = 1 }: FitOptions & { kernelDir: string },
  on: (event: FitEvent) => void,
): Promise<Kernels> {
  const trials = await files.listTrials(kernelDir);
  if (trials.length < least) {
    throw new Failure(
      "input",
      `Cannot fit ${kernelDir}: ${trials.length} of the ${least} trials are finished; train the others ` +
        `first, or fit what is there with fewer --trials`,
    );
  }
  const config = await readConfig(kernelDir);
  const mixed = config ? mixedAdapters(kernelDir, config) : [];
  const perTrial: { file: string; kernels: NamedKernel[] }[] = [];
  const notes = new Set<string>(); // trials of one network say the same
  for (const trial of trials) {
    const file = files.weightsFile(trial);
    const network = await readNetwork(file);
    const { kernels, leftOut } = selectKernels(network);
    if (kernels.length === 0) {
      throw new Failure(
        "input",
        [`Cannot fit ${file}: it holds no conv2d kernel`, ...network.doubts, ...leftOut].join("; "),
      );
    }
    for (const note of [...network.doubts, ...leftOut]) notes.add(note);
    perTrial.push({ file, kernels });
  }

  const [first] = perTrial;
  for (const { file, kernels } of perTrial) {
    if (shapesOf(kernels) !== shapesOf(first.kernels)) {
      throw new Failure(
        "input",
        `Cannot fit ${file}: its kernels are ${shapesOf(kernels)}, but those of ${first.file} ` +
          `are ${shapesOf(first.kernels)}; keep only trials of one network in the folder`,
      );
    }
    for (const { name, kernel: { data } } of kernels) {
      if (!Array.prototype.every.call(data, Number.isFinite)) {
        throw new Failure(
          "input",
          `Cannot fit ${file}: ${name}.kernel holds a value that is not finite`,
        );
      }
    }
  }
  const layers = first.kernels.map((_, layer): LayerKernels => {
    const kernels = stackKernels(perTrial.map(({ kernels }) => kernels[layer].kernel));
    const [, kernel, , channels] = kernels.shape;
    const chosen = askedRank(rank) ?? chooseRank({ kernel, channels, readsImage: layer === 0 });
    return { name: `conv${layer + 1}`, ...chosen, kernels };
  });
  const sources = first.kernels.map(({ name }) => name);
  const count = trials.length;
  on({ kind: "trials", count, sources });
  const warnings = [...notes, ...mixed, ...doubtTrials(trials, perTrial, layers)];
  return { layers, sources, warnings, trials: count };
}

/** What speaks against the trials: too few, or copies of each other. */
function doubtTrials(
  trials: readonly string[],
  perTrial: readonly { kernels: NamedKernel[] }[],
  layers: readonly LayerKernels[],
): string[] {
  if (trials.length === 1) {
    return [
      "there is only one trial, so the kernels that are held out are of the same network, and the " +
      "figures say nothing of others; train several (deno task phase1:loop)",
    ];
  }
  const kernels = perTrial.map(({ kernels }, t): TrialKernels => ({
    name: trials[t].slice(trials[t].lastIndexOf("/") + 1),
    kernels: kernels.map(({ kernel }) => kernel),
  }));
  return findCopies(kernels, layers.map(({ name }) => name));
}

function shapesOf(kernels: readonly NamedKernel[]): string {
  return kernels.map(({ kernel: { shape } }) => `(${shape.join(", ")})`).join(" ");
}
