/**
 * What the tasks share that train networks: their options, how they are watched, and what is told at the
 * end.
 *
 * @module
 */
import type { Gpu, NetworkDesign, TimeSplit, TrainingEvent } from "../mod.ts";
import {
  adapter,
  commandLine,
  imageOptions,
  memory,
  nonNegativeInteger,
  nonNegativeNumber,
  type Option,
  type Options,
  path,
  positiveInteger,
  quiet,
  runTask,
  type Task,
  type Values,
  whereResultsStand,
} from "./cli.ts";
import { network, readNetwork, size } from "./network.ts";

/** Passes over the training images. */
export const epochs = (fallback: number) =>
  positiveInteger("--epochs", "passes over the training images", fallback, { most: 1_000_000 });

/** How many networks. */
export const trials = (help: string, fallback: number) =>
  positiveInteger("--trials", help, fallback, { most: 10_000 });

/** Where a part of an experiment begins. */
export const firstTrial = nonNegativeInteger(
  "--first-trial",
  "number of the first trial, to train one experiment in parts",
);

/** Where the images lie; `holds` is what the folder must hold. */
export const dataDir = (holds: string) =>
  path("--data-dir", `folder that holds ${holds} (default data/silhouettes, else built-in)`);

/** The number that decides chance. */
export const seed = (help: string) => nonNegativeInteger("--seed", `the experiment; ${help}`, 0);

/** Images a step. */
export const batch = <D extends number | undefined>(note: string, fallback: D) =>
  positiveInteger("--batch", `images a step${note}`, fallback, { most: 65_535 });

/** Mirroring, which is on unless it is switched off. */
const flip: Option<boolean> = {
  flag: "--no-flip",
  help: "mirror no image",
  fallback: true,
  parse: (text) => text === "true",
};

/** How training images, and the copies that are evaluated, are transformed. */
const augmentationOptions = {
  rotate: nonNegativeNumber("--rotate", "degrees by which images are turned at most (default 30)"),
  shift: nonNegativeInteger(
    "--shift",
    "pixels by which they are shifted at most (default 19 of 200, and in proportion)",
  ),
  flip,
};

/** The network, what its images are made of, and what they may take. */
export const machineOptions = {
  ...{ network, size },
  ...imageOptions,
  ...augmentationOptions,
  ...{ memory, adapter },
};

/** What the last lines of the help page say. */
export const runOptions = { ...whereResultsStand, quiet };

/** What a task gives its experiment. */
type Given<O extends Options> = Omit<Values<O>, "network" | "size"> & {
  dataDir: string;
  network: NetworkDesign;
  size?: number;
  command: string;
  signal?: AbortSignal;
};

/** What is known of every task that trains. */
interface Trained extends Options {
  dataDir: ReturnType<typeof dataDir>;
  network: typeof network;
  size: typeof size;
  adapter: typeof adapter;
  quiet: typeof quiet;
}

/**
 * Runs a task that trains with the options of the command line, and ends the process.
 *
 * @param train The experiment.
 * @param tell What to print of its summary, before where the time went.
 */
export function runTraining<const O extends Trained, S extends { time: TimeSplit }>(
  task: Task<O>,
  train: (gpu: Gpu, options: Given<O>, on: (event: TrainingEvent) => void) => Promise<S>,
  tell: (summary: S, options: Values<O>) => Promise<string>,
): Promise<never> {
  return runTask(task, async (options, tools) => {
    const { adapter, quiet, dataDir: named, ...asked } = options as Values<Trained>;
    const { openGpu } = await import("../mod.ts");
    const { chooseDataDir } = await import("./data_dir.ts");
    const { showCompiling, showTraining } = await import("./progress.ts");
    const { formatTime } = await import("./tables.ts");
    const { print, warn, signal } = tools;
    const read = await readNetwork(asked);
    const shown = { ...tools, quiet };
    const gpu = await openGpu({ adapter, onCompile: showCompiling(shown) });
    const show = showTraining(shown, gpu);
    const dataDir = await chooseDataDir(named, quiet ? warn : print);
    const starting = tools.elapsed();
    const command = commandLine(task.name);
    const summary = await train(gpu, { ...options, ...read, dataDir, command, signal }, show);
    gpu.close();
    print(`\n${await tell(summary, options)}`);
    print(`\n${formatTime(starting, summary.time, tools.elapsed())}`);
  });
}
