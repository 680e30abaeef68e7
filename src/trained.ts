/**
 * From trained trials to what is saved of them.
 *
 * @module
 */
import type { TrialResult } from "./io/run.ts";
import type { RunTrial } from "./io/run_log.ts";
import { type Layout, namedParameters } from "./nn/layout.ts";
import type { TrainedTrial } from "./training/train.ts";

/**
 * What to save of a trained group: all trials but those that diverged.
 *
 * @param diverged Takes the folders and epochs of those.
 */
export function listResults(
  layout: Layout,
  trials: readonly RunTrial[],
  trained: readonly TrainedTrial[],
  diverged: { folder: string; epoch: number }[],
): TrialResult[] {
  return trained.flatMap(({ history, parameters, diverged: epoch }, i) => {
    const { folder } = trials[i];
    if (epoch === undefined) {
      return [{ folder, history, weights: namedParameters(layout, parameters) }];
    }
    diverged.push({ folder, epoch });
    return [];
  });
}
