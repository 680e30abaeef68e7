/**
 * What a trained trial leaves on disk: the authors' files (SPEC §7).
 *
 * @module
 */
import { writeKerasWeights } from "./io/keras_h5.ts";
import { writeJson } from "./io/files.ts";
import { type NdArray, writeNpy } from "./io/npy.ts";
import { historyFile, summaryFile, weightsFile } from "./io/run_folder.ts";
import type { Layout } from "./nn/layout.ts";
import type { Metrics, TrainedTrial } from "./training.ts";

/** The authors' words for our metrics. */
const CURVES = [["losses", "loss"], ["CCEs", "ce"], ["accs", "accuracy"]] as const;

/**
 * Writes a trial's curves and then, as the sign that it is whole, its weights.
 *
 * @param dir The trial's folder; created.
 */
export async function writeTrial(
  dir: string,
  layout: Layout,
  { history, parameters }: TrainedTrial,
): Promise<void> {
  for (const split of ["train", "valid"] as const) {
    for (const [name, key] of CURVES) {
      const data = Float64Array.from(history[split], (metrics: Metrics) => metrics[key]);
      await writeNpy(historyFile(dir, split, name), { shape: [data.length], data });
    }
  }
  await writeKerasWeights(weightsFile(dir), namedWeights(layout, parameters));
}

/** Writes a run's summary.json. */
export async function writeSummary(dir: string, summary: unknown): Promise<void> {
  await writeJson(summaryFile(dir), summary);
}

/**
 * The parameter tensors of a row, by Keras' names.
 *
 * @param row (ROW)
 * @returns `conv2d_1.kernel` (K, K, C, M), `conv2d_1.bias` (M), …
 */
export function namedWeights(
  layout: Layout,
  row: Float32Array<ArrayBuffer>,
): Map<string, NdArray> {
  return new Map(
    layout.parameters.map(({ name, shape, offset, size }) => [
      name,
      { shape, data: row.slice(offset, offset + size) },
    ]),
  );
}
