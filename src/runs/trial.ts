/**
 * What a trained trial leaves on disk: the authors' files (SPEC §7).
 *
 * @module
 */
import { writeKerasWeights } from "../io/keras_h5.ts";
import { type NdArray, readNpy, writeNpy } from "../io/npy.ts";
import { cannotRead } from "../io/refusal.ts";
import type { History } from "../training/state.ts";
import { historyFile, type Mode, weightsFile } from "./file_names.ts";
import { SPLITS } from "./metrics_csv.ts";

/** A trial of a run. */
export interface RunTrial {
  /** Its folder inside the result folder, e.g. "trial000"; "." for a single network. */
  folder: string;
  /** Its number: together with the experiment's seed it decides all of the trial's chance. */
  trial: number;
  /** Its penalty on conv kernels, where a run may have either. */
  mode?: Mode;
  /** The strength of that penalty. */
  alpha?: number;
}

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
  history: History,
  weights: Map<string, NdArray>,
): Promise<void> {
  for (const split of SPLITS) {
    for (const [name, key] of CURVES) {
      const data = Float64Array.from(history[split], (metrics) => metrics[key]);
      await writeNpy(historyFile(dir, split, name), { shape: [data.length], data });
    }
  }
  await writeKerasWeights(weightsFile(dir), weights);
}

/**
 * Reads a trial's learning curves.
 *
 * @throws {Error} naming the file that is missing, damaged, or has another length than the others.
 */
export async function readHistory(dir: string): Promise<History> {
  const [train, valid] = await Promise.all(SPLITS.map(async (split) => {
    const files = CURVES.map(([name]) => historyFile(dir, split, name));
    const [losses, ces, accuracies] = await Promise.all(files.map(readNpy));
    for (const [i, { data }] of [losses, ces, accuracies].entries()) {
      if (data.length > 0 && data.length === losses.data.length) continue;
      throw cannotRead(files[i], `${data.length} epochs, not ${losses.data.length}`);
    }
    return Array.from(
      losses.data,
      (loss, epoch) => ({ loss, ce: ces.data[epoch], accuracy: accuracies.data[epoch] }),
    );
  }));
  return { train, valid };
}
