/**
 * Least privilege: each task has exactly the permissions that it needs. Each is taken away in turn, and
 * the task must stop at the thing that it may not do, with a line that says so.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch } from "../helpers/assert.ts";
import { outputOf } from "../helpers/command.ts";
import { grey } from "../helpers/build_set.ts";
import { withFiles } from "../helpers/folders.ts";
import { phase1Files } from "../helpers/report_folders.ts";

const ROOT = `${import.meta.dirname}/../..`;

/** What a user runs: the others run tests, and the tests start processes. */
const FOR_USERS = Object.fromEntries(
  Object.entries(config.tasks).filter(([name]) =>
    !["test", "test:gpu", "test:lab", "coverage", "check", "ok"].includes(name)
  )
    .map(([name, { command }]) => [name, command]),
);

/** The permissions of a command line: `--allow-read`, `--allow-env=A,B`, … */
const permissionsOf = (command: string) => command.match(/(?<= )--?[aA]\S*/g) ?? [];

Deno.test("deno.json gives no task all permissions, and rare ones to those that are for it", () => {
  const rare: Record<string, string[]> = {
    "--allow-net": ["data", "lab"], // lab: 127.0.0.1, where it serves
    "--allow-sys": ["demo", "phase1", "phase1:loop", "fit", "phase2", "grid", "export"], // who holds it
    // They measure, kill and bundle other programs; no user's data meets them.
    "--allow-run": ["bench", "torture", "lab"],
  };
  const usual = ["--allow-read", "--allow-write", "--allow-env"];
  for (const [task, command] of Object.entries(FOR_USERS)) {
    assertMatch(command, /^deno run --no-prompt --allow-\S+( --allow-\S+)* tasks\/\w+\.ts$/);
    for (const permission of permissionsOf(command)) {
      const [name, names] = permission.split("=");
      assert(usual.includes(name) || rare[name]?.includes(task), `${task} has ${permission}`);
      if (["--allow-env", "--allow-run", "--allow-sys"].includes(name)) {
        assert(names, `${task}: any ${name}`);
      }
    }
  }
});

Deno.test("deno.json names the variables that tasks read, and no others", async () => {
  const cli = await Deno.readTextFile(`${ROOT}/tasks/cli.ts`) +
    await Deno.readTextFile(`${ROOT}/tasks/user_folder.ts`) +
    await Deno.readTextFile(`${ROOT}/src/runs/hold_folder.ts`);
  for (const command of Object.values(FOR_USERS)) {
    const script = await Deno.readTextFile(`${ROOT}/${command.split(" ").at(-1)}`);
    const variables = /--allow-env=(\S+)/.exec(command)?.[1].split(",") ?? [];
    for (const variable of variables) {
      assert(cli.includes(`"${variable}"`) || cli.includes(`${variable}:`));
    }
    const isFor = (variable: string, pattern: RegExp) =>
      assertEquals(variables.includes(variable), pattern.test(script), `${command}: ${variable}`);
    for (const variable of ["DENO_WEBGPU_BACKEND", "XDG_RUNTIME_DIR"]) {
      isFor(variable, /openGpu|trainPhase1|runTraining|TORMENTS/);
    }
    assertEquals(variables.includes("SLURM_JOB_ID"), command.includes("--allow-sys=hostname"));
    isFor("INIT_CWD", /\b(path\(|trainPhase1|resultsDir)/); // where paths are named or written
    isFor("SKREG_DEBUG", /./);
  }
});

/** Arguments that bring each task to what it must not do; the folders are those of `files`. */
const ARGS: Record<string, string[] | ((permission: string) => string[])> = {
  "demo": ["--size=41", "--epochs=1"],
  "phase1": ["--data-dir=set", "--results-dir=out", "--epochs=1", "--size=41"],
  "phase1:loop": ["--data-dir=set", "--results-dir=out", "--epochs=1", "--size=41"],
  "fit": (permission) => [
    `--kernel-dir=${permission === "sys" ? "networks" : "nowhere"}`,
    "--gaussian-dir=out",
  ],
  "phase2": [
    "--mode=l2",
    "--alpha=1",
    "--data-dir=set",
    "--results-dir=out",
    "--epochs=1",
    "--size=41",
  ],
  "grid": ["--mode=l2", "--data-dir=set", "--results-dir=out", "--epochs=1", "--size=41"],
  "data": (permission) =>
    ({
      net: ["--url=http://127.0.0.1:65533/a.zip", "--data-dir=out"],
      env: ["--check=nowhere"],
    })[permission] ?? ["--synthetic", "--data-dir=out"],
  "lab": (permission) => ({ net: [], env: ["--build=set"] })[permission] ?? ["--build=out"],
  "report": (permission) => [permission === "env" ? "--runs=nowhere" : "--runs=kernels"],
  "predict": ["--weights=nowhere", "set/phase1/dark/0.png"],
  "export": (permission) => [
    permission === "env" ? "--gaussian-dir=nowhere" : `--gaussian-dir=${ROOT}/tests/fixtures/fit`,
    "--out=out",
  ],
  "doctor": [`--fixtures=${ROOT}/tests/fixtures`],
  "torture": (
    permission,
  ) => [{ env: "--networks=1", run: "--kills=1" }[permission] ?? "--archives=1"],
  "bench": (permission) => ({ run: ["--peers"], read: ["--network=nowhere"] })[permission] ?? [],
};

/** Networks, images of two classes for each part, where demo would draw its own too, and a result folder. */
const files = Object.fromEntries([
  ...await Promise.all(
    Array.from({ length: 5 }, async (_, trial) => [
      `networks/trial00${trial}/cnn.h5`,
      await Deno.readFile(`${ROOT}/tests/fixtures/io/keras_weights.h5`),
    ]),
  ),
  ...["set", "data/synthetic"].flatMap((set) =>
    ["phase1", "phase2/train", "phase2/valid", "phase2/test"].flatMap((part) =>
      ["dark", "light"].flatMap((name) =>
        [0, 1, 2, 3, 4].map((i) => [`${set}/${part}/${name}/${i}.png`, grey(i)])
      )
    )
  ),
  ...Object.entries(phase1Files()).map(([name, content]) => [`kernels/${name}`, content]),
]);

/** Runs a task's command with other permissions, in a folder of its own. */
function runWithout(command: string, permission: string, args: string[]) {
  const [, ...words] = command.split(" ").filter((word) => word !== permission);
  const script = `${ROOT}/${words.pop()}`;
  return withFiles(files, (cwd) =>
    outputOf(Deno.execPath(), {
      args: [...words, `--config=${ROOT}/deno.json`, script, ...args],
      cwd,
      // Empty counts as unset: then the task sets what it may.
      env: { DENO_WEBGPU_BACKEND: "", XDG_RUNTIME_DIR: "", SKREG_DEBUG: "1", NO_COLOR: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(120_000),
    }));
}

Deno.test("each task stops at each permission that it lacks, and says which", async () => {
  const cases = Object.entries(FOR_USERS).flatMap(([task, command]) =>
    permissionsOf(command).map((permission) => ({ task, command, permission }))
  );
  assert(cases.length > 30, `${cases.length}`);
  const faults: string[] = [];
  const next = cases.values(); // some workers share the work
  const work = async () => {
    for (const { task, command, permission } of next) {
      const name = permission.replace(/^--allow-(\w+).*/, "$1");
      const given = ARGS[task];
      const args = typeof given === "function" ? given(name) : given;
      const { code, stderr } = await runWithout(command, permission, args);
      const line = stderr.split("\n").find((line) => line.startsWith("error: ")) ?? "";
      const fails = name !== "env"
        ? line.includes(`Requires ${name} access`)
        : command.includes("DENO_WEBGPU_BACKEND")
        ? line.includes("found no adapter") // the graphics interface was not chosen
        : !/\n {4}at /.test(stderr); // SKREG_DEBUG was not seen
      const shows = name !== "env" || command.includes("DENO_WEBGPU_BACKEND")
        ? true
        : /\n {4}at /.test((await runWithout(command, "", args)).stderr);
      if (code === 0 || !fails || !shows) {
        faults.push(`${task} without ${permission}: ${code} ${stderr}`);
      }
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  assertEquals(faults, []);
});
