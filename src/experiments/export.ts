/**
 * Export: the fitted prior for other programs, with an example for PyTorch and one for Keras.
 *
 * @module
 */
import { judgeInput } from "../failure.ts";
import { exists, writeJson, writeText } from "../io/files.ts";
import { writeNpy } from "../io/npy.ts";
import { checkCovariance, precision } from "../prior/gaussian.ts";
import type { Rank } from "../prior/kernels.ts";
import type { Matrix } from "../prior/matrix.ts";
import * as files from "../runs/file_names.ts";
import { checkFolder, replaceFolder } from "../runs/take_folder.ts";
import kerasExample from "./export/example_keras.py" with { type: "text" };
import pytorchExample from "./export/example_pytorch.py" with { type: "text" };
import { openPrior } from "./open_prior.ts";

/** Where `exportPrior` reads and writes. */
export interface ExportOptions {
  /**
   * The folder of the Gaussians that `fit` wrote; default "data/gaussian_fit", or where that is missing the
   * built-in prior.
   */
  gaussianDir?: string;
  /** The folder for the export. */
  out: string;
  /** Replace an earlier export. Default false. */
  overwrite?: boolean;
}

/** One conv layer of the prior. */
export interface ExportedLayer {
  /** conv1, conv2, …, from the image on. */
  name: string;
  /** What counts as one vector w: 3 = a filter, 2 = one channel of a filter. */
  rank: Rank;
  /** D, the length of a vector. */
  dimensions: number;
  /** The axes of a kernel that a vector lays out, the last one fastest. */
  order: string;
  /** Σ (D, D) as `fit` wrote it. */
  covariance: number[][];
  /** S (D, D), scaled to determinant 1: what the penalty takes. */
  precision: number[][];
}

/** What prior.json holds. */
export interface ExportedPrior {
  /** The layers, from the image on. */
  layers: ExportedLayer[];
  /** The formula that takes S. */
  penalty: string;
  /** Where the covariances come from. */
  source: string;
  /** What the fit had to say of them; empty when all is well. */
  warnings: string[];
}

const PENALTY = "lambda * sum over the vectors w of a kernel: w' S w, with lambda = 0.05 * alpha " +
  "and S = precision = inverse of Sigma * exp(-logdet(Sigma) / dimensions)";

/**
 * Writes each layer's covariance and precision as .npy float64, all of them as prior.json, and the
 * examples that use them.
 *
 * @returns What prior.json holds.
 * @throws {Error} When there is no fitted prior, a matrix is no covariance, or the folder is taken.
 */
export async function exportPrior(options: ExportOptions): Promise<ExportedPrior> {
  const { gaussianDir, out, overwrite = false } = options;
  if (await exists(files.summaryFile(out))) { // the fit itself may lie there, and an export replaces no fit
    throw new Error(
      `Cannot export to ${out}: it holds the results of a run; choose another folder`,
    );
  }
  await checkFolder(out, { overwrite, only: files.EXPORT_FILE });
  const layers: { layer: number; rank: Rank; covariance: Matrix; precision: Matrix }[] = [];
  const { source, networks, gaussians, doubts } = await openPrior(gaussianDir);
  for (const { layer, rank, name, covariance: { shape, data } } of gaussians) {
    const covariance: Matrix = { shape: shape as Matrix["shape"], data: Float64Array.from(data) };
    await judgeInput(() => checkCovariance(covariance, name));
    const inverse = await precision(covariance, { unitDeterminant: true, name });
    layers.push({ layer, rank, covariance, precision: inverse });
  }
  const prior: ExportedPrior = {
    layers: layers.map(({ layer, rank, covariance, precision }) => ({
      name: `conv${layer}`,
      rank,
      dimensions: covariance.shape[0],
      order: rank === 3 ? "row, column, channel" : "row, column",
      covariance: rowsOf(covariance),
      precision: rowsOf(precision),
    })),
    penalty: PENALTY,
    source: `${source}, fitted by skreg ${networks ? `to ${networks} networks ` : ""}` +
      `(Feinman & Lake 2019, arXiv:1903.01882)`,
    warnings: doubts,
  };

  await replaceFolder(out, { overwrite, only: files.EXPORT_FILE }, async () => {
    for (const { layer, covariance, precision } of layers) {
      await writeNpy(files.exportedMatrixFile(out, layer, "covariance"), covariance);
      await writeNpy(files.exportedMatrixFile(out, layer, "precision"), precision);
    }
    await writeText(files.exampleFile(out, "pytorch"), pytorchExample.replaceAll("\r\n", "\n"));
    await writeText(files.exampleFile(out, "keras"), kerasExample.replaceAll("\r\n", "\n"));
    await writeJson(files.priorFile(out), prior);
  });
  return prior;
}

function rowsOf({ shape: [rows, columns], data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, r) => [...data.subarray(r * columns, (r + 1) * columns)]);
}
