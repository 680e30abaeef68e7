import config from "../../deno.json" with { type: "json" };

/**
 * Starts a task as a process of its own, without `deno task` above it, so that a signal meets the task.
 *
 * @param deno By default the one that runs this; a permission can name it by a word only.
 */
export function start(
  task: keyof typeof config.tasks,
  args: readonly string[],
  deno = Deno.execPath(),
): Deno.ChildProcess {
  const root = `${import.meta.dirname}/../..`;
  const [, ...words] = config.tasks[task].command.split(" ");
  return new Deno.Command(deno, {
    args: [...words, ...args],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
    ...uncovered({
      DENO_WEBGPU_BACKEND: "vulkan,metal,dx12",
      XDG_RUNTIME_DIR: "/tmp",
      NO_COLOR: "1",
      INIT_CWD: "",
    }),
  }).spawn();
}

/** This environment and more, without coverage: what is killed would leave half a report of it. */
export function uncovered(
  more: Record<string, string>,
): { clearEnv?: boolean; env: Record<string, string> } {
  // The task torture may not look; its tests have done so before.
  if (Deno.permissions.querySync({ name: "env" }).state !== "granted") return { env: more };
  const { DENO_COVERAGE_DIR: _, ...env } = Deno.env.toObject();
  return { clearEnv: true, env: { ...env, ...more } };
}
