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
    args: ["task", "--quiet", "--config", `${import.meta.dirname}/../../deno.json`, task, ...args],
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
