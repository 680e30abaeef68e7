/**
 * The three phases as commands: what they say, and what they end with.
 *
 * @module
 */
import { cpSync } from "node:fs";
import type { Phase2Summary } from "../mod.ts";
import summary from "../src/experiments/box/summary.json" with { type: "json" };
import { exists, readJson } from "../src/io/files.ts";
import { writeNpy } from "../src/io/npy.ts";
import { covarianceFile } from "../src/runs/file_names.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
} from "./helpers/assert.ts";
import { run, runIn, TASK } from "./helpers/command.ts";
import { list, make, test } from "./helpers/folders.ts";
import { drawSmallSet, SIZE, writeUntrained } from "../tasks/torture/small_set.ts";

/** Draws the images. @returns Where. */
async function drawData(dir: string): Promise<string> {
  await drawSmallSet(`${dir}/silhouettes`);
  return `${dir}/silhouettes`;
}

test("phase1 and phase2 tell at their end where the time went", async (dir) => {
  const dataDir = await drawData(dir);
  const network = `--network=${dataDir}/network.json`;
  const common = [`--data-dir=${dataDir}`, network, "--epochs=1"];
  const parts = ["starting", "reading", "uploading", "compiling", "training", "validation"];
  for (
    const [task, args, last] of [
      ["phase1", [], ["saving"]],
      ["phase2", ["--mode=l2", "--alpha=1"], ["testing", "saving"]],
    ] as const
  ) {
    const begin = performance.now();
    const { stdout, stderr, code } = await run(
      task,
      [...common, ...args, `--results-dir=${dir}/timed_${task}`],
    );
    const elapsed = (performance.now() - begin) / 1000;
    assertEquals(code, 0, stderr);
    const rows = [...stdout.matchAll(/^([a-z]+) +(\d+\.\d\d) +(\d+\.\d) %$/gm)];
    const split = new Map(rows.map(([, part, seconds]) => [part, Number(seconds)]));
    const total = split.get("total")!;
    assertEquals([...split.keys()].filter((part) => part !== "other"), [
      ...[...parts, ...last, "total"],
    ]);
    assert(total > 0.5 * elapsed && total < elapsed, `${total} s of ${elapsed} s are told`);
    const sum = [...split.values()].reduce((sum, seconds) => sum + seconds) - total;
    assertAlmostEquals(sum, total, 0.01 * total + 0.005 * rows.length); // rounding, a small other
  }
});

test("phase1, fit and phase2 name what is wrong, and exit with the right code", async (dir) => {
  const dataDir = await drawData(dir);
  const bad = `${dir}/bad`;
  await make(`${bad}/empty/phase1`, "a/", "b/");
  await copy(`${dataDir}/phase1`, `${bad}/one/phase1`, 1);
  await copy(`${dataDir}/phase1`, `${bad}/corrupt/phase1`, 2);
  const [folder] = await list(`${bad}/corrupt/phase1`);
  const [file] = await list(`${bad}/corrupt/phase1/${folder}`);
  await Deno.writeTextFile(`${bad}/corrupt/phase1/${folder}/${file}`, "no image");
  await writeUntrained(`${bad}/few`, 1);
  const prior = { shape: [4, 4], data: new Float32Array(16) };
  await writeNpy(covarianceFile(`${bad}/prior`, 1, 2), prior);

  const out = `${dir}/out`;
  const one = [`--size=${SIZE}`, "--epochs=1", `--results-dir=${out}`];
  const data = `--data-dir=${dataDir}`;
  const cases: [task: string, args: string[], code: number, says: string][] = [
    ["phase1", [...one, `--data-dir=${dir}/nowhere`], 5, `${dir}/nowhere`],
    ["phase1", [...one, `--data-dir=${bad}/empty`], 5, "a"],
    ["phase1", [...one, `--data-dir=${bad}/one`], 5, "class"],
    ["phase1", [...one, `--data-dir=${bad}/corrupt`], 5, file],
    ["phase1", [...one, data, "--epoch=2"], 2, "--epochs"],
    ["phase1", [...one, data, "--size=20"], 2, "from 41 to 4096"],
    ["phase1", [...one, data, "--memory=0.001"], 3, "0.001 GiB are allowed"],
    ["phase2", [...one, data, "--mode=l2", "--alpha=1", "--memory=0.001"], 3, "--memory=0.1"],
    ["fit", [`--kernel-dir=${bad}/few`, `--gaussian-dir=${out}`], 5, "fewer"],
    ["fit", [`--kernel-dir=${bad}/none`, `--gaussian-dir=${out}`], 5, `${bad}/none`],
    ["phase2", [...one, data, "--mode=l1", "--alpha=1"], 2, "l2"],
    ["phase2", [...one, data, "--mode=l2"], 2, "--alpha"],
    ["phase2", [...one, data, "--mode=l2", "--alpha=-1"], 2, "-1"],
    ["phase2", [...one, data, "--mode=l2", "--alpha=much"], 2, "much"],
    [
      "phase2",
      [...one, data, "--mode=sk", "--alpha=1", `--cov-dir=${bad}`],
      5,
      "conv1_cov_rank3.npy",
    ],
    [ // a prior of the other rank, of another network
      "phase2",
      [...one, data, "--mode=sk", "--alpha=1", `--cov-dir=${bad}/prior`],
      5,
      "conv2d_1 (kernels 5×5×3) wants vectors of 25 weights (rank 2) or 75 (rank 3)",
    ],
    [
      "phase2",
      [...one, data, "--mode=sk", "--alpha=1", "--prior-for=conv2d_2"],
      2,
      "--prior-for=conv2d_3:conv2",
    ],
  ];
  for (const [task, args, code, says] of cases) {
    const result = await run(task, args);
    const call = `${task} ${args.join(" ")}: ${result.stderr}`;
    assertEquals(result.code, code, call);
    assertStringIncludes(result.stderr, says, call);
    const lines = result.stderr.trim().split("\n").filter((line) => !line.startsWith("  "));
    assertEquals(lines.length, 1, call); // a list of files is indented below it
    assertEquals(await exists(out), false, call);
  }
  const none = await run("phase1", [...one, data], { DENO_WEBGPU_BACKEND: "nonsense" });
  assertEquals(none.code, 3);
  assertStringIncludes(none.stderr, "no adapter");
  assertEquals(await exists(out), false);
});

test("phase2 and export take the built-in prior where none is fitted, and a fitted one where there is", async (dir) => {
  await drawSmallSet(`${dir}/data/synthetic`); // what a task draws where it is missing
  const sk = [...TASK, "phase2", "--mode=sk", "--alpha=2.57"];
  const command = [...sk, "--epochs=2", `--size=${SIZE}`];
  const first = await runIn(dir, command);
  assertEquals([first.code, first.stderr], [0, ""]);
  const words = first.stdout.replaceAll(/\s+/g, " ");
  assertStringIncludes(words, `there is no data/gaussian_fit in ${dir}`);
  const says = `using the built-in prior, fitted to the kernels of ${summary.trials} networks`;
  assertStringIncludes(words, says);
  assertStringIncludes(words, "conv2d_2 conv2, rank 2, 25 weights: its own layer");
  const { prior, trials } = await readJson<Phase2Summary>(`${dir}/phase2_tmp/summary.json`);
  assertEquals([prior?.covDir, prior?.networks, trials.length], [null, summary.trials, 1]);

  const exported = await runIn(dir, [...TASK, "export"]);
  const source = `the built-in prior, fitted by skreg to ${summary.trials} networks`;
  assertStringIncludes(exported.stdout, source);

  await Deno.mkdir(`${dir}/data/gaussian_fit`);
  for (const name of ["conv1_cov_rank3.npy", "conv2_cov_rank2.npy", "conv3_cov_rank2.npy"]) {
    const fixture = `${import.meta.dirname}/fixtures/fit/${name}`;
    await Deno.copyFile(fixture, `${dir}/data/gaussian_fit/${name}`);
  }
  const fitted = await runIn(dir, [...command, "--resume"]);
  assertEquals(fitted.code, 1);
  assertStringIncludes(fitted.stderr, "other prior");
});

/** Copies the first `count` class folders of a set. */
async function copy(source: string, target: string, count: number): Promise<void> {
  for (const name of (await list(source)).slice(0, count)) {
    cpSync(`${source}/${name}`, `${target}/${name}`, { recursive: true });
  }
}
