/**
 * How the tasks that train networks run: how they are watched, and what is told at the end.
 *
 * @module
 */
import type { Gpu, NetworkDesign, TimeSplit, TrainingEvent } from "../mod.ts";
import { commandLine, type Options, runTask, type Task, type Values } from "./cli.ts";
import { type network, readNetwork, type size } from "./network.ts";
import type { adapter, dataDir, quiet } from "./shared_options.ts";

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
