/**
 * docs/slurm on a machine of stand-ins: a PATH with small scripts that act as Slurm's commands and as deno,
 * and write down what they are given. What a real Slurm makes of it: cluster_test.ts.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "./helpers/assert.ts";
import { outputOf, succeeds } from "./helpers/command.ts";
import { unix } from "./helpers/folders.ts";

const ROOT = `${import.meta.dirname}/..`;
const SLURM = `${ROOT}/docs/slurm`;

/** The shell scripts of the tree. */
const SCRIPTS = [
  ...["setup", "docs/slurm/submit.sh", "docs/slurm/node.sh", "docs/slurm/profile/status.sh"],
  ...["phase1", "fit", "cells", "grid", "report"].map((phase) => `docs/slurm/${phase}.sbatch`),
  "tasks/torture/cluster.sh",
];

const run = async (command: string, args: string[], env: Record<string, string> = {}) => {
  const { code, stdout, stderr } = await outputOf(command, { args, env, cwd: ROOT });
  return { code, text: stdout + stderr };
};

unix.test("each shell script is one to sh", async () => {
  for (const script of SCRIPTS) {
    const { code, text } = await run("sh", ["-n", script]);
    assertEquals([code, text], [0, ""], script);
  }
});

Deno.test({
  name: "shellcheck has nothing to say of any shell script",
  ignore: !await succeeds("shellcheck", "--version"),
}, async () => assertEquals((await run("shellcheck", SCRIPTS)).text, ""));

/** A cluster in a folder: `log()` gives what its commands were given, line by line. */
async function standIn(dir: string, denoExits = 0) {
  const scripts = {
    sbatch: `
      case $* in *--partition=none*) echo "invalid partition" >&2; exit 1 ;; esac
      n=$(($(cat "${dir}/jobs" 2>/dev/null || echo 0) + 1)); echo $n >"${dir}/jobs"
      echo "sbatch $*" >>"${dir}/log"; echo "$n;cluster"`,
    srun: `exec "$@"`,
    scontrol: `echo "scontrol $*" >>"${dir}/log"`,
    deno: `
      case $1 in
        install) ;;
        info) echo '{ "denoDir": "${dir}/cache", "x": 1 }' ;;
        task) shift 4; echo "deno $*$INIT_CWD" >>"${dir}/log"; exit ${denoExits} ;;
      esac`,
  };
  await Deno.mkdir(`${dir}/bin`);
  await Deno.mkdir(`${dir}/cache/npm`, { recursive: true });
  await Deno.writeTextFile(`${dir}/cache/npm/package`, "");
  for (const [name, script] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${dir}/bin/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const env = {
    ...{ PATH: `${dir}/bin:${Deno.env.get("PATH")}`, TMPDIR: dir, RUN: `${dir}/my run` },
    ...{ SKREG: ROOT, SLURM_JOB_ID: "", SLURM_ARRAY_JOB_ID: "", SLURM_ARRAY_TASK_ID: "" },
    INIT_CWD: " from elsewhere",
  };
  return {
    env,
    log: async () => {
      const text = (await Deno.readTextFile(`${dir}/log`)).replaceAll(dir, "DIR");
      await Deno.remove(`${dir}/log`);
      return text.trimEnd().replaceAll(`${ROOT}/`, "").replaceAll(await Deno.realPath(ROOT), "ROOT")
        .split("\n");
    },
  };
}

unix.test("submit.sh puts each phase behind the one before it", async (dir) => {
  const { env, log } = await standIn(dir);
  await Deno.mkdir(`${dir}/images`);
  const wanted = { TRIALS: "5", TRIALS_PER_TASK: "2", SEEDS: "3", SEEDS_PER_TASK: "2" };
  const { code, text } = await run(`${SLURM}/submit.sh`, ["--partition=gpu", "--gres=gpu:1"], {
    ...{ ...env, ...wanted, ALPHAS: "1,2.5", DATA: `${dir}/images`, CPU: "--gres=none" },
  });
  assertEquals(code, 0, text);
  assertStringIncludes(text, "phase1 1 → fit 2 → cells 3 → grid 4 → report 5");
  const start = "sbatch --parsable --export=ALL --chdir=DIR/my run ";
  const after = (job: number) => `--dependency=afterok:${job} --kill-on-invalid-dep=yes `;
  const options = "--partition=gpu --gres=gpu:1 ", at = "ROOT/docs/slurm/";
  assertEquals(await log(), [
    `${start}--array=0-2 ${options}${at}phase1.sbatch`,
    `${start}${after(1)}${options}--gres=none ${at}fit.sbatch`,
    `${start}${after(2)}--array=0-7 ${options}${at}cells.sbatch`,
    `${start}${after(3)}${options}${at}grid.sbatch`,
    `${start}${after(4)}${options}--gres=none ${at}report.sbatch`,
  ]);
});

unix.test("submit.sh says what it cannot use, and submits nothing", async (dir) => {
  const { env } = await standIn(dir);
  for (
    const [change, says] of [
      [{ RUN: "" }, "RUN names no folder"],
      [{ TRIALS: "many" }, "TRIALS must be a whole number above 0"],
      [{ SEEDS_PER_TASK: "0" }, "SEEDS_PER_TASK must be"],
      [{ ALPHAS: "0.25..16" }, "ALPHAS must be numbers"],
      [{ MODES: "l1" }, "MODES must be l2, sk or both, not 'l1'"],
    ] as const
  ) {
    const { code, text } = await run(`${SLURM}/submit.sh`, [], { ...env, ...change });
    assertEquals(code, 2, text);
    assertStringIncludes(text, says);
  }
  assertEquals([...Deno.readDirSync(dir)].some(({ name }) => name === "log"), false);
});

unix.test("submit.sh stops at a phase that is refused, with none behind it", async (dir) => {
  const { env, log } = await standIn(dir);
  await Deno.mkdir(`${dir}/images`);
  const { code, text } = await run(`${SLURM}/submit.sh`, [], {
    ...{ ...env, DATA: `${dir}/images`, CPU: "--partition=none" },
  });
  assertEquals([code, text], [1, "invalid partition\n"]);
  assertEquals((await log()).length, 1); // phase 1, which needs no other
});

unix.test("the jobs train every network of phase 1 and of the grid once", async (dir) => {
  const { env, log } = await standIn(dir);
  await Deno.mkdir(`${dir}/my run`);
  const wanted = {
    ...{
      ...env,
      TRIALS: "5",
      TRIALS_PER_TASK: "2",
      SEEDS: "3",
      SEEDS_PER_TASK: "2",
      DATA: "images",
    },
    ...{ ALPHAS: "1 2.5", MODES: "l2 sk", OPTIONS: "--size=48", PHASE1_OPTIONS: "--epochs=9" },
    ...{ GRID_OPTIONS: "--epochs=8", SLURM_JOB_ID: "30", SLURM_ARRAY_JOB_ID: "7" },
  };
  await run("sh", ["-c", '. "$SKREG/docs/slurm/node.sh"; pack_packages'], wanted);
  const job = async (phase: string, element?: number) => {
    const own = element === undefined ? {} : { SLURM_ARRAY_TASK_ID: `${element}` };
    const { code, text } = await run("sh", [`${SLURM}/${phase}.sbatch`], { ...wanted, ...own });
    assertEquals(code, 0, text);
  };
  for (const element of [0, 1, 2]) await job("phase1", element);
  await job("fit");
  for (const element of [0, 1, 2, 7]) await job("cells", element);
  await job("grid");
  await job("report");
  const part = (first: number, count: number) => `--trials=${count} --first-trial=${first}`;
  const phase1 = "--data-dir=images --resume --wait=600 --size=48 --epochs=9";
  const rest =
    "--data-dir=images --cov-dir=data/gaussian_fit --resume --wait=600 --size=48 --epochs=8";
  assertEquals(await log(), [
    ...[part(0, 2), part(2, 2), part(4, 1)].map((part) => `deno phase1:loop ${part} ${phase1}`),
    "deno fit --trials=5 --overwrite",
    `deno grid --train-only --mode=l2 --alphas=1 ${part(0, 2)} ${rest}`,
    `deno grid --train-only --mode=l2 --alphas=1 ${part(2, 1)} ${rest}`,
    `deno grid --train-only --mode=l2 --alphas=2.5 ${part(0, 2)} ${rest}`,
    `deno grid --train-only --mode=sk --alphas=2.5 ${part(2, 1)} ${rest}`,
    `deno grid --mode=l2,sk --alphas=1,2.5 --trials=3 ${rest}`,
    "deno report --overwrite",
  ]);
  const caches = [...Deno.readDirSync(dir)].filter(({ name }) => name.startsWith("skreg-"));
  assertEquals(caches.length, 1); // one for all jobs of a node
  assertEquals((await Deno.stat(`${dir}/${caches[0].name}/npm/package`)).isFile, true);
});

for (const [exits, again] of [[0, false], [4, true], [143, true], [5, false]] as const) {
  const name = `a job whose task ends with ${exits} ${again ? "goes back to" : "leaves"} the queue`;
  unix.test(name, async (dir) => {
    const { env, log } = await standIn(dir, exits);
    await Deno.mkdir(`${dir}/my run`);
    const wanted = { ...env, TRIALS: "5", SLURM_JOB_ID: "30" };
    await run("sh", ["-c", '. "$SKREG/docs/slurm/node.sh"; pack_packages'], wanted);
    for (const array of [{}, { SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "2" }]) {
      const { code } = await run("sh", [`${SLURM}/fit.sbatch`], { ...wanted, ...array });
      assertEquals(code, exits);
    }
    const requeued = (await log()).filter((line) => line.startsWith("scontrol"));
    assertEquals(requeued, again ? ["scontrol requeue 30", "scontrol requeue 7_2"] : []);
  });
}

unix.test("a job runs nothing out of a cache that belongs to somebody else", async (dir) => {
  const { env } = await standIn(dir);
  await Deno.mkdir(`${dir}/my run`);
  const script = `. "$SKREG/docs/slurm/node.sh"; pack_packages; unpack_packages
      chown 12345 "$DENO_DIR" || exit 9; skreg fit; echo "exit $?"`;
  const { code, text } = await run("sh", ["-c", script], env);
  if (code === 9) return; // we are not root, so there is nobody else
  assertStringIncludes(text, "belongs to somebody else: set TMPDIR");
  assertStringIncludes(text, "exit 6\n");
});

unix.test("a job on its way, or in a state that lasts for a moment, has not failed", async (dir) => {
  const states = {
    running: ["PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "SIGNALING", "REQUEUED"],
    failed: ["FAILED", "NODE_FAIL", "BOOT_FAIL", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY"],
    success: ["COMPLETED"],
  };
  for (const [answer, all] of Object.entries(states)) {
    for (const state of all) {
      const { text } = await statusOf(
        dir,
        `echo "JobId=7 JobName=fit JobState=${state} Reason=None"`,
      );
      assertEquals(text, `${answer}\n`, state);
    }
  }
});

unix.test("a job has failed where Slurm has forgotten it, not where it does not answer", async (dir) => {
  assertEquals((await statusOf(dir, "")).text, "failed\n\n");
  for (
    const [answer, why] of [
      ["failed", "Invalid job id specified"],
      ["running", "Unable to contact slurm controller (connect failure)"],
    ]
  ) {
    const said = `slurm_load_jobs error: ${why}`;
    const { text } = await statusOf(dir, `echo "${said}" >&2; exit 1`);
    assertEquals(text, `${answer}\n${said}\n`);
  }
});

/** What the profile tells Snakemake of job 7, where `scontrol` is this line of a shell. */
async function statusOf(dir: string, scontrol: string) {
  await Deno.writeTextFile(`${dir}/scontrol`, `#!/bin/sh\n${scontrol}\n`, { mode: 0o755 });
  const env = { PATH: `${dir}:${Deno.env.get("PATH")}` };
  return await run(`${SLURM}/profile/status.sh`, ["7"], env);
}
