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
 * }, async ({ dataDir, epochs }, { signal, print }) => {
 *   const { trainPhase1 } = await import("../mod.ts");
 *   const summary = await trainPhase1({ dataDir, epochs, signal });
 *   print(`best validation accuracy ${summary.accuracy}`);
 * });
 * ```
 *
 * @module
 */
import { type Options, readOptions, type Task, UsageError, type Values } from "./arguments.ts";

export * from "./options.ts";
export type { Options, Task, Values } from "./arguments.ts";

/** What a task's main function is given besides its options. */
export interface Tools {
  /** Aborted by Ctrl-C or SIGTERM. Finish or undo what is half done, then throw its reason. */
  signal: AbortSignal;
  /** Prints lines on stdout, control characters escaped. */
  print(text: string): void;
  /** Prints lines on stderr, control characters escaped. */
  warn(text: string): void;
}

/**
 * Runs a task with the options of the command line and ends the process.
 *
 * Exit codes: 0 done, 1 failed, 2 wrong options, 130 interrupted, 143 terminated. An error prints
 * its message alone; with SKREG_DEBUG=1 in the environment its stack too.
 */
export async function runTask<const O extends Options>(
  task: Task<O>,
  main: (options: Values<O>, tools: Tools) => Promise<void>,
): Promise<never> {
  // deno-lint-ignore no-console
  const print = (text: string) => console.log(escapeLines(text));
  // deno-lint-ignore no-console
  const warn = (text: string) => console.error(escapeLines(text));
  quietVulkan();
  Deno.exit(await execute(task, main, Deno.args, { signal: abortOnSignals(warn), print, warn }));
}

/**
 * Where XDG_RUNTIME_DIR is unset, as in a container, Linux' display libraries complain about it on
 * stderr while the adapter is opened, beside our own messages. We open no window: any folder will do.
 */
function quietVulkan(): void {
  const variable = "XDG_RUNTIME_DIR";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  if (Deno.build.os === "linux" && state === "granted" && !Deno.env.get(variable)) {
    Deno.env.set(variable, "/tmp");
  }
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
  tools: Tools,
): Promise<number> {
  try {
    const values = readOptions(task, args, tools);
    if (values === undefined) return 0; // the help page was all that was asked for
    await main(values, tools);
    tools.signal.throwIfAborted();
    return 0;
  } catch (error) {
    if (error instanceof Interruption) return error.exitCode;
    tools.warn(`error: ${escapeControls(error instanceof Error ? error.message : String(error))}`);
    if (debugging() && error instanceof Error) tools.warn(String(error.stack));
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Escapes what could move a terminal's cursor or hide text, as `\u{1b}`; newlines as `\n`. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (sign) => sign === "\n" ? "\\n" : `\\u{${sign.codePointAt(0)!.toString(16)}}`,
  );
}

function escapeLines(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}

class Interruption extends Error {
  constructor(signal: Deno.Signal, readonly exitCode: number) {
    super(`Interrupted by ${signal}`);
  }
}

/** A task runner may pass one Ctrl-C on twice within a millisecond: that counts as one. */
const REPEAT_MS = 500;

function abortOnSignals(warn: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  const codes: [Deno.Signal, number][] = [["SIGINT", 130]];
  if (Deno.build.os !== "windows") codes.push(["SIGTERM", 143]);
  let first = 0;
  for (const [name, code] of codes) {
    Deno.addSignalListener(name, () => {
      if (controller.signal.aborted) {
        if (performance.now() - first > REPEAT_MS) Deno.exit(code);
        return;
      }
      first = performance.now();
      warn("interrupted: stopping cleanly; once more stops at once");
      controller.abort(new Interruption(name, code));
    });
  }
  return controller.signal;
}

function debugging(): boolean {
  const permission = Deno.permissions.querySync({ name: "env", variable: "SKREG_DEBUG" });
  return permission.state === "granted" && Deno.env.get("SKREG_DEBUG") === "1";
}
