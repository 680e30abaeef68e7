import { uncovered } from "../../tasks/torture/start.ts";

/** Runs a task as its user would, with the permissions that deno.json gives it. */
export async function run(
  task: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  // Unset for the task: the tests may be typed anywhere, and name files from here or in full.
  const variables = {
    DENO_WEBGPU_BACKEND: "vulkan,metal,dx12",
    NO_COLOR: "1",
    INIT_CWD: "",
    ...env,
  };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "--config", `${import.meta.dirname}/../../deno.json`, task, ...args],
    ...task === "torture" ? uncovered(variables) : { env: variables },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
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
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { INIT_CWD: _, ...env } = Deno.env.toObject(); // of `deno task test`
  const deno = Deno.execPath();
  const [program, args] = typeof command === "string"
    ? ["sh", ["-c", `deno() { "$0" "$@"; }; ${command}`, deno]]
    : [deno, command];
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1", ...more },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
