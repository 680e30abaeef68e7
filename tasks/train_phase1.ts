/**
 * What `deno task phase1` and `deno task phase1:loop` share: they differ in their defaults.
 *
 * @module
 */
import { nonNegativeNumber, path } from "./cli.ts";
import {
  batch,
  dataDir,
  epochs,
  firstTrial,
  machineOptions,
  runOptions,
  seed,
  trials,
} from "./shared_options.ts";
import { runTraining } from "./train.ts";

/** What makes a task of phase 1. */
export interface Phase1Task {
  name: string;
  summary: string;
  /** Default of --results-dir. */
  resultsDir: string;
  /** Default of --epochs. */
  epochs: number;
  /** Default of --trials. */
  trials: number;
  /** Give each trial a folder of its own even if there is one alone. */
  folders: boolean;
  examples: string[];
}

/** Trains the networks of phase 1 with the options of the command line, and ends the process. */
export const trainPhase1 = (task: Phase1Task): Promise<never> =>
  runTraining(
    {
      name: task.name,
      summary: task.summary,
      examples: task.examples,
      options: {
        dataDir: dataDir("phase1/ with a folder a class"),
        resultsDir: path(
          "--results-dir",
          "where weights, curves and summary.json go",
          task.resultsDir,
        ),
        epochs: epochs(task.epochs),
        trials: trials("networks, trained side by side", task.trials),
        firstTrial,
        seed: seed("trials differ by their number"),
        batch: batch(" (default min(32, training images / 5))", undefined),
        alpha: nonNegativeNumber("--alpha", "λ = 0.05·α of L2 on the conv kernels", 1),
        ...machineOptions,
        ...runOptions,
      },
    },
    async (gpu, options, on) => {
      const { phase1 } = await import("../mod.ts");
      const folders = task.folders || options.trials > 1 || options.firstTrial !== undefined;
      return await phase1(gpu, { ...options, folders }, on);
    },
    async ({ trials, imagesPerSecond }, { resultsDir }) => {
      const { formatPhase1 } = await import("./tables.ts");
      const rate = `training at ${imagesPerSecond.toFixed(0)} images/s`;
      return `${formatPhase1(trials)}\n${rate}; results in ${resultsDir}`;
    },
  );
