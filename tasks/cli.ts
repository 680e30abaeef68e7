/**
 * What every task shares: its options are declared as data, read from the command line, and
 * handed to the task's main function; whatever happens there ends in one line and an exit code.
 *
 * Heavy modules are imported inside the main function, so that `--help` answers at once.
 *
 * ```ts ignore
 * import { path, positiveInteger, runTask } from "./cli.ts";
 *
 * await runTask({
 *   name: "phase1",
 *   summary: "Train the networks of phase 1 and keep their kernels.",
 *   options: {
 *     dataDir: path("--data-dir", "folder of class folders", "data/silhouettes/phase1"),
 *     epochs: positiveInteger("--epochs", "passes over the training images", 300),
 *   },
 *   examples: ["deno task phase1 --epochs=100"],
 * }, async ({ dataDir, epochs }, { print }) => {
 *   const { openGpu, phase1 } = await import("../mod.ts");
 *   const gpu = await openGpu();
 *   const { trials } = await phase1(gpu, { dataDir, resultsDir: "phase1_tmp", epochs });
 *   print(`validation accuracy ${trials[0].valid.accuracy}`);
 *   gpu.close();
 * });
 * ```
 *
 * @module
 */
import { Interruption, isTaskThread, stopSignals } from "./signals.ts"; // before all else
import { type Options, readOptions, type Task, UsageError, type Values } from "./command_line.ts";
import { againLine, goToUser, mayUse, pasteable, resumeLine } from "./user_folder.ts";
import type { FailureKind } from "../mod.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { escapeControls, type Output, processOutput, type Tools } from "./terminal.ts";

export { commandLine } from "./user_folder.ts";
export * from "./option_kinds.ts";
export type { Options, Task, Values } from "./command_line.ts";
export type { Output, Terminal, Tools } from "./terminal.ts";

/**
 * Runs a task with the options of the command line and ends the process; see {@linkcode EXIT_CODES}. An
 * error prints its message alone; with SKREG_DEBUG=1 in the environment its stack too.
 *
 * What stops a task ends it at once, because every file that we write appears whole or not; unless its
 * script imports "./thread.ts": then it can save its state.
 */
export async function runTask<const O extends Options>(
  task: Task<O>,
  main: (options: Values<O>, tools: Tools) => Promise<void>,
): Promise<never> {
  prepareGpuEnvironment();
  const output = processOutput();
  const lost = goToUser();
  const mainThere: typeof main = (options, tools) => {
    if (lost) throw lost;
    return main(options, tools);
  };
  const run = (stop?: Partial<Tools>) => execute(task, mainThere, Deno.args, output, stop);
  if (!isTaskThread) Deno.exit(await run());
  const { enterThread } = await import("./thread.ts");
  const { exit, elapsed, takeOver } = await enterThread(output.warn);
  const stop = listen(task, output, exit);
  takeOver();
  return exit(await run({ ...stop, elapsed }));
}

/** `deno task` can deliver one Ctrl-C twice: what comes again within so many milliseconds is the same. */
const SAME = 500;

/**
 * Turns the first signal into an abort; the second one ends the process at once, and so does the first
 * where the task has not begun to train: nothing is lost then, as after a kill -9.
 */
function listen(
  { name, options }: Task<Options>,
  output: Output,
  exit: (code: number) => never,
): Pick<Tools, "signal" | "hold"> {
  let isHeld = false;
  const controller = new AbortController();
  let first = -Infinity;
  const advise = () =>
    !("resume" in options)
      ? "" // it starts anew
      : isHeld
      ? `interrupted; go on with: ${resumeLine(name)}`
      : `interrupted before anything was trained; start again with: ${againLine(name)}`;
  for (const signal of stopSignals()) {
    Deno.addSignalListener(signal, () => {
      const interruption = new Interruption(signal, advise());
      const since = performance.now() - first;
      if (since < SAME) return;
      if (since < Infinity) exit(interruption.exitCode);
      first = performance.now();
      if (!isHeld) exit(end(interruption, output));
      controller.abort(interruption);
    });
  }
  return { signal: controller.signal, hold: () => void (isHeld = true) };
}

/** Says what to do after an interruption. @returns Its exit code. */
function end({ message, exitCode }: Interruption, { warn }: Output): number {
  if (message !== "") warn(message);
  return exitCode;
}

/** What Linux needs in the environment before the adapter is opened; the user's values win. */
const GPU_ENVIRONMENT = {
  // Without a Vulkan driver Deno would take GL, whose limits are too small, and say nothing.
  DENO_WEBGPU_BACKEND: "vulkan",
  // Unset, as in a container, it makes display libraries complain on stderr. Any folder will do.
  XDG_RUNTIME_DIR: "/tmp",
};

function prepareGpuEnvironment(): void {
  if (Deno.build.os !== "linux") return;
  for (const [variable, value] of Object.entries(GPU_ENVIRONMENT)) {
    if (mayUse(variable) && !Deno.env.get(variable)) Deno.env.set(variable, value);
  }
}

/** The graphics interface that WebGPU is told to use, where it is told one. */
export function askedBackend(): string | undefined {
  const variable = "DENO_WEBGPU_BACKEND";
  if (!mayUse(variable)) return undefined;
  return Deno.env.get(variable) || undefined; // "" names none
}

/**
 * Runs a task with the given arguments.
 *
 * @returns The exit code; nothing is thrown.
 */
export async function execute<const O extends Options>(
  task: Task<O>,
  main: (options: Values<O>, tools: Tools) => Promise<void>,
  args: string[],
  output: Output,
  stop?: Partial<Tools>,
): Promise<number> {
  try {
    const read = readOptions(task, args, output);
    if (read === undefined) return 0; // the help page was all that was asked for
    const { overwrite, resume } = read.values as { overwrite?: boolean; resume?: boolean };
    if (overwrite && resume) {
      throw new UsageError("--overwrite and --resume exclude each other: choose one");
    }
    const elapsed = () => performance.now() / 1000;
    await main(read.values, { ...output, args: read.args, elapsed, ...stop });
    return 0;
  } catch (error) {
    if (error instanceof Interruption) return end(error, output);
    const message = error instanceof Error ? error.message : String(error);
    // A list is indented by us; a newline from a name on disk is not.
    output.warn(`error: ${pasteable(message).split("\n  ").map(escapeControls).join("\n  ")}`);
    if (debugging() && error instanceof Error) output.warn(String(error.stack));
    return exitCode(error);
  } finally {
    output.terminal?.end();
  }
}

function exitCode(error: unknown): number {
  if (error instanceof UsageError) return EXIT_CODES.usage;
  // By name: the class would have to be loaded, and with it all of mod.ts.
  const { kind } = error as { kind?: FailureKind };
  return error instanceof Error && kind !== undefined && kind in EXIT_CODES ? EXIT_CODES[kind] : 1;
}

function debugging(): boolean {
  return mayUse("SKREG_DEBUG") && Deno.env.get("SKREG_DEBUG") === "1";
}
