import { uncovered } from "../../tasks/torture/start.ts";

/** What came of a process. */
interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export async function outputOf(program: string, options: Deno.CommandOptions): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Whether a program is there, and succeeds. */
export async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
  return await Promise.try(() => command.output()).then(({ success }) => success, () => false);
}

const CONFIG = await Deno.realPath(`${import.meta.dirname}/../../deno.json`);
/** The words behind `deno` that run one of our tasks, wherever they are typed. */
export const TASK = ["task", "--quiet", "--config", CONFIG];

/** Runs a task as its user would, with the permissions that deno.json gives it. */
export async function run(
  task: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  // Unset for the task: the tests may be typed anywhere, and name files from here or in full.
  const variables = {
    DENO_WEBGPU_BACKEND: "vulkan,metal,dx12",
    NO_COLOR: "1",
    INIT_CWD: "",
    ...env,
  };
  return await outputOf(Deno.execPath(), {
    args: [...TASK, task, ...args],
    ...task === "torture" ? uncovered(variables) : { env: variables },
  });
}

/**
 * Runs a command as a person would who stands in a folder.
 *
 * @param command Of a shell, which knows `deno` as the one that runs this; or the words behind `deno`.
 */
export async function runIn(
  cwd: string,
  command: string | string[],
  more: Record<string, string> = {},
): Promise<Ended> {
  const { INIT_CWD: _, ...env } = Deno.env.toObject(); // of `deno task test`
  const deno = Deno.execPath();
  const [program, args] = typeof command === "string"
    ? ["sh", ["-c", `deno() { "$0" "$@"; }; ${command}`, deno]]
    : [deno, command];
  return await outputOf(program, {
    args,
    cwd,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1", ...more },
  });
}
