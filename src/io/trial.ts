/**
 * What a trained trial leaves on disk: the authors' files (SPEC §7).
 *
 * @module
 */
import { writeKerasWeights } from "./keras_h5.ts";
import { type NdArray, writeNpy } from "./npy.ts";
import { historyFile, weightsFile } from "./run_folder.ts";

/** One entry an epoch. */
export type Curve = readonly { loss: number; ce: number; accuracy: number }[];

/** The authors' words for our metrics. */
const CURVES = [["losses", "loss"], ["CCEs", "ce"], ["accs", "accuracy"]] as const;

/**
 * Writes a trial's curves and then, as the sign that it is whole, its weights.
 *
 * @param dir The trial's folder; created.
 * @param history Its learning curves, written as float64.
 * @param weights `conv2d_1.kernel` (K, K, C, M), …, float32.
 */
export async function writeTrial(
  dir: string,
  history: { train: Curve; valid: Curve },
  weights: Map<string, NdArray>,
): Promise<void> {
  for (const split of ["train", "valid"] as const) {
    for (const [name, key] of CURVES) {
      const data = Float64Array.from(history[split], (metrics) => metrics[key]);
      await writeNpy(historyFile(dir, split, name), { shape: [data.length], data });
    }
  }
  await writeKerasWeights(weightsFile(dir), weights);
}
