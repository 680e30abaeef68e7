/**
 * Where the user stands, and commands as they can be pasted there.
 *
 * @module
 */
import { dirname, isAbsolute, join, resolve } from "node:path";

/** The folder of deno.json, in which `deno task` starts every task. */
const ROOT = join(import.meta.dirname ?? ".", "..");

/**
 * Goes to the folder in which the command was typed: all names count from there. `deno task` leaves it
 * in INIT_CWD; other programs set that too, so it says something only of a task that starts in `ROOT`.
 *
 * @returns Why that folder cannot be gone to, an error of kind "input"; undefined where we are there.
 */
export function goToUser(): Error | undefined {
  if (!mayUse("INIT_CWD") || !isSame(Deno.cwd(), ROOT)) return undefined;
  let folder = "the folder in which this was typed";
  try {
    folder = Deno.env.get("INIT_CWD") || ROOT;
    Deno.chdir(folder);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.InvalidData
      ? "its name is not UTF-8"
      : cause instanceof Deno.errors.NotCapable
      ? "Deno does not let programs use it"
      : (cause as Error).message;
    const message = `Cannot count names from ${folder}: ${reason}; go to another folder first`;
    return Object.assign(new Error(message, { cause }), { kind: "input" });
  }
}

/** `deno task`, with --config where another deno.json, or none, is found from where the user stands. */
export function denoTask(): string {
  for (let folder = Deno.cwd();; folder = dirname(folder)) {
    if (isSame(folder, ROOT)) return "deno task";
    const isOthers = ["deno.json", "deno.jsonc", "package.json"].some((name) =>
      isThere(join(folder, name))
    );
    if (isOthers || folder === dirname(folder)) break;
  }
  return `deno task --config ${quote(join(ROOT, "deno.json"))}`;
}

/** A path as it was typed, and where that is unless it says so itself. */
export function locate(path: string): string {
  return isAbsolute(path) ? path : `${path} (${resolve(path)})`;
}

/** The commands in a text as they can be pasted where the user stands. */
export function pasteable(text: string): string {
  return text.replaceAll(/\bdeno task (?=\w)/g, () => `${denoTask()} `);
}

/** The command line as a person would type it again. */
export function commandLine(name: string): string {
  return [denoTask(), name, ...Deno.args.filter((arg) => arg !== "--").map(quote)].join(" ");
}

/** The command line that starts anew, though the folder may be taken by then. */
export function againLine(name: string): string {
  const line = commandLine(name);
  return / --overwrite\b/.test(line) ? line : resumeLine(name);
}

/** The command line that goes on where this one stops. */
export function resumeLine(name: string): string {
  const line = commandLine(name).replaceAll(/ --overwrite\b/g, "");
  return / --resume\b/.test(line) ? line : `${line} --resume`;
}

/** A word as a shell takes it for one. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whether the task was started with `--allow-env` for this variable. */
export function mayUse(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether two paths lead to one folder, as far as we may look. */
function isSame(one: string, other: string): boolean {
  try {
    return Deno.realPathSync(one) === Deno.realPathSync(other);
  } catch {
    return false;
  }
}
