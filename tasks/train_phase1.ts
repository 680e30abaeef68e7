/**
 * What `deno task phase1` and `deno task phase1:loop` share: they differ in their defaults.
 *
 * @module
 */
import {
  adapter,
  commandLine,
  imageOptions,
  memory,
  nonNegativeInteger,
  nonNegativeNumber,
  path,
  positiveInteger,
  quiet,
  runTask,
  whereResultsStand,
} from "./cli.ts";

/** What makes a task of phase 1. */
export interface Phase1Task {
  name: string;
  summary: string;
  /** Defaults of --results-dir, --epochs and --trials. */
  resultsDir: string;
  epochs: number;
  trials: number;
  /** Give each trial a folder of its own even if there is one alone. */
  folders: boolean;
  examples: string[];
}

/** Trains the networks of phase 1 with the options of the command line, and ends the process. */
export const trainPhase1 = (task: Phase1Task): Promise<never> =>
  runTask({
    name: task.name,
    summary: task.summary,
    examples: task.examples,
    options: {
      dataDir: path(
        "--data-dir",
        "folder that holds phase1/ with a folder a class (default data/silhouettes, else built-in)",
      ),
      resultsDir: path(
        "--results-dir",
        "where weights, curves and summary.json go",
        task.resultsDir,
      ),
      epochs: positiveInteger("--epochs", "passes over the training images", task.epochs, {
        most: 1_000_000,
      }),
      trials: positiveInteger("--trials", "networks, trained side by side", task.trials, {
        most: 10_000,
      }),
      firstTrial: nonNegativeInteger(
        "--first-trial",
        "number of the first trial, to train one data set in parts",
      ),
      seed: nonNegativeInteger("--seed", "the experiment; trials differ by their number", 0),
      batch: positiveInteger(
        "--batch",
        "images a step (default min(32, training images / 5))",
        undefined,
        { most: 65_535 },
      ),
      alpha: nonNegativeNumber("--alpha", "λ = 0.05·α of L2 on the conv kernels", 1),
      ...imageOptions,
      memory,
      adapter,
      ...whereResultsStand,
      quiet,
    },
  }, async ({ adapter, ...options }, tools) => {
    const { openGpu, phase1 } = await import("../mod.ts");
    const { formatTable } = await import("../src/report/table.ts");
    const { chooseDataDir } = await import("./data_dir.ts");
    const { showCompiling, showTraining } = await import("./progress.ts");
    const { formatTime } = await import("./tables.ts");
    const { print } = tools;
    const shown = { ...tools, quiet: options.quiet };
    const gpu = await openGpu({ adapter, onCompile: showCompiling(shown) });
    const show = showTraining(shown, gpu);
    const dataDir = await chooseDataDir(options.dataDir, options.quiet ? tools.warn : print);
    const { firstTrial, resultsDir } = options;
    const folders = task.folders || options.trials > 1 || firstTrial !== undefined;
    const starting = tools.elapsed();
    const command = commandLine(task.name);
    const summary = await phase1(gpu, {
      ...options,
      dataDir,
      folders,
      command,
      signal: tools.signal,
    }, show);
    gpu.close();
    print(`\n${
      formatTable(
        ["trial", "best epoch", "train ce", "train accuracy", "valid ce", "valid accuracy"],
        summary.trials.map(({ trial, bestEpoch, train, valid }) => [
          String(trial),
          String(bestEpoch),
          ...[train.ce, train.accuracy, valid.ce, valid.accuracy].map((value) => value.toFixed(4)),
        ]),
      )
    }`);
    print(`training at ${summary.imagesPerSecond.toFixed(0)} images/s; results in ${resultsDir}`);
    print(`\n${formatTime(starting, summary.time, tools.elapsed())}`);
  });
