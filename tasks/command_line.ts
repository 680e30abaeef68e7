/**
 * Reads a command line with commander: the task's declared options, the authors' spellings of
 * them, and a help page.
 *
 * @module
 */
import { Command, CommanderError, Option as CommanderOption } from "commander";
import { EXIT_CODE_LINES } from "./exit_codes.ts";
import { closest } from "../src/closest.ts";
import { pasteable } from "./user_folder.ts";
import type { Option } from "./option_kinds.ts";

/** The declared options of a task, by the name its main function knows them by. */
export type Options = Record<string, Option<unknown>>;

/** What the declared options become: one typed value each. */
export type Values<O extends Options> = {
  [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

/** A task as its help page shows it. */
export interface Task<O extends Options> {
  /** As in `deno task <name>`. */
  name: string;
  /** What it does, in a sentence or two. */
  summary: string;
  /** Its options, in the order of the help page. */
  options: O;
  /** What is given without a flag, at least one of them; absent: nothing may be. */
  arguments?: { name: string; help: string };
  /** Whole command lines. */
  examples?: string[];
}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {}

/**
 * Turns a command line into the values of a task's options and the arguments without a flag.
 *
 * @param output Where the help page and notes go.
 * @returns Both, or undefined where `--help` was asked for and printed.
 * @throws {UsageError} Names the option that is unknown, missing or wrong.
 */
export function readOptions<O extends Options>(
  task: Task<O>,
  args: string[],
  output: { print(text: string): void; warn(text: string): void },
): { values: Values<O>; args: string[] } | undefined {
  const options = Object.entries(task.options);
  const command = new Command(pasteable(`deno task ${task.name}`))
    .description(task.summary)
    .helpOption("-h, --help", "print this page")
    .addHelpText("after", helpEnd(task))
    .addOption(new CommanderOption("--gpu-id <id>").hideHelp())
    .allowExcessArguments()
    .exitOverride()
    .showSuggestionAfterError(false) // `explain` knows the authors' names too
    // Colours stay off: looking for them reads environment variables, which needs a permission.
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const [, option] of options) command.addOption(describe(option));
  if (task.arguments) command.argument(`<${task.arguments.name}...>`, task.arguments.help);
  try {
    command.parse(respell(args, task.options), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(explain(error, options.map(([, option]) => option.flag)));
  }
  if (!task.arguments && command.args.length > 0) {
    throw new UsageError(`unexpected argument "${command.args[0]}": options start with --`);
  }
  const given: Record<string, unknown> = command.opts();
  if (given.gpuId !== undefined) {
    output.warn("note: --gpu_id is ignored: WebGPU chooses the adapter");
  }
  const values = Object.fromEntries(options.map(([name, option]) => {
    let text = given[describe(option).attributeName()];
    if (text === true) text = option.preset ?? text; // the flag alone
    return [name, text === undefined ? option.fallback : parse(option, String(text))];
  })) as Values<O>;
  return { values, args: command.args };
}

function parse<T>(option: Option<T>, text: string): T {
  try {
    return option.parse(text);
  } catch (error) {
    throw new UsageError(`option '${option.flag}': ${(error as Error).message}`);
  }
}

function describe(option: Option<unknown>): CommanderOption {
  const { flag, value, help, fallback, preset, required } = option;
  const hasDefault = value && fallback !== undefined && String(fallback) !== "";
  const note = required
    ? " (required)"
    : preset !== undefined
    ? ` (alone: ${preset})`
    : hasDefault
    ? ` (default: ${fallback})`
    : "";
  const slot = !value ? "" : preset === undefined ? ` <${value}>` : ` [${value}]`;
  return new CommanderOption(flag + slot, help + note)
    .makeOptionMandatory(required ?? false);
}

/** The authors' names for our options; their underscores are handled for every option. */
const AUTHORS: Record<string, string> = {
  "--nb-epochs": "--epochs",
  "--nb-trials": "--trials",
  "--foreground-background": "--fb",
};

/** Takes the authors' spellings to ours, and drops the `--` that `deno task x -- …` passes on. */
function respell(args: string[], options: Options): string[] {
  const known = new Map(Object.values(options).map(({ flag, value }) => [flag, value]));
  known.set("--gpu-id", "id");
  const earlier = new Map(Object.values(options).map(({ flag, earlier }) => [earlier, flag]));
  return args.filter((arg) => arg !== "--").map((arg) => {
    const [, typed, value] = /^(--[^=]+)(.*)$/s.exec(arg) ?? [];
    if (typed === undefined) return arg;
    const hyphens = typed.replaceAll("_", "-");
    const flag = known.has(hyphens) ? hyphens : earlier.get(hyphens) ?? AUTHORS[hyphens] ?? hyphens;
    if (!known.has(flag)) return typed; // without its value, for `explain`
    if (value !== "" && !known.get(flag)) throw new UsageError(`option '${flag}' takes no value`);
    return flag + value;
  });
}

function explain({ message }: CommanderError, flags: string[]): string {
  const line = message.replace(/^error: /, "");
  const unknown = /^unknown option '(.+)'$/s.exec(line)?.[1];
  if (unknown === undefined) return line;
  const authors = Object.keys(AUTHORS).filter((name) => flags.includes(AUTHORS[name]));
  const near = closest(unknown.replaceAll("_", "-"), [...flags, ...authors, "--help"]);
  return near === undefined
    ? `${line} (--help lists the options)`
    : `${line} (Did you mean ${AUTHORS[near] ?? near}?)`;
}

function helpEnd({ examples = [] }: Task<Options>): string {
  return [
    ...(examples.length > 0
      ? ["", "Examples:", ...examples.map((line) => `  ${pasteable(line)}`)]
      : []),
    "",
    ...EXIT_CODE_LINES,
  ].join("\n");
}
