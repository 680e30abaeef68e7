/**
 * The three phases end to end, as functions and as commands, on a small built-in set.
 *
 * @module
 */
import {
  fit,
  grid,
  type GridFindings,
  openGpu,
  phase1,
  phase2,
  readKerasWeights,
  readNpy,
  type TrainingEvent,
  writeSyntheticSet,
} from "../mod.ts";
import { readJson } from "../src/io/files.ts";
import { readCheckpoint } from "../src/io/checkpoint.ts";
import type { RunConfig } from "../src/io/config.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "./assert.ts";
import { run } from "./command.ts";

/** The smallest side that the paper's blocks leave something of is 41. */
const SIZE = 48;

Deno.test("workflow: phase 1, fit and phase 2 hand their files on, and repeat to the byte", async (t) => {
  const gpu = await openGpu();
  const dir = await Deno.makeTempDir();
  const dataDir = `${dir}/silhouettes`;
  await writeSyntheticSet(dataDir, {
    ...{ perClass: 5, size: SIZE, phase2: { train: 2, valid: 1, test: 1 } },
  });
  const small = { dataDir, size: SIZE, epochs: 3, seed: 7 };
  const kernelDir = `${dir}/kernel_dataset`;
  const gaussianDir = `${dir}/gaussian_fit`;

  await t.step("phase 1 writes the authors' files and a summary", async () => {
    const events: string[] = [];
    const summary = await phase1(gpu, { ...small, resultsDir: kernelDir, trials: 3 }, (event) => {
      events.push(event.kind);
    });
    assertEquals(events, ["data", "network", "group", "epoch", "epoch", "epoch"]);
    assertEquals(await readJson(`${kernelDir}/summary.json`), summary);
    assertEquals(summary.trials.map(({ trial }) => trial), [0, 1, 2]);
    assert(summary.imagesPerSecond > 0 && summary.trials.every(({ valid }) => valid.loss > 0));
    const { testing, other, ...parts } = summary.time;
    assert(testing === 0 && other > 0, `testing ${testing}, other ${other}`);
    for (const [part, seconds] of Object.entries(parts)) assert(seconds > 0, `${part} ${seconds}`);
    assertEquals((await list(kernelDir)).filter((name) => !name.startsWith("events")).sort(), [
      ...[".lock", "augmented.png", "config.json", "curves.svg", "metrics.csv", "summary.json"],
      ...["trial000", "trial001", "trial002"],
    ]);
    assertEquals((await list(`${kernelDir}/trial001`)).filter(isAuthors).sort(), [
      ...["cnn.h5", "train_CCEs.npy", "train_accs.npy", "train_losses.npy"],
      ...["valid_CCEs.npy", "valid_accs.npy", "valid_losses.npy"],
    ]);
    const weights = await readKerasWeights(`${kernelDir}/trial001/cnn.h5`);
    assertEquals(weights.get("conv2d_1.kernel")?.shape, [5, 5, 3, 5]);
    const losses = await readNpy(`${kernelDir}/trial001/valid_losses.npy`);
    assertEquals([losses.shape, losses.data.constructor.name], [[3], "Float64Array"]);
    const { bestEpoch, valid } = summary.trials[1];
    assertEquals([Math.min(...losses.data), losses.data[bestEpoch - 1]], [valid.loss, valid.loss]);
  });

  await t.step("phase 1 gives the same bytes again, and for a trial trained apart", async () => {
    const again = `${dir}/again`;
    await phase1(gpu, { ...small, resultsDir: again, trials: 1, firstTrial: 2, folders: true });
    await phase1(gpu, { ...small, resultsDir: again, trials: 2 });
    const summary = await readJson<{ trials: { trial: number }[] }>(`${again}/summary.json`);
    assertEquals(summary.trials.map(({ trial }) => trial), [0, 1, 2]);
    for (const trial of ["trial000", "trial001", "trial002"]) {
      for (const file of (await list(`${kernelDir}/${trial}`)).filter(isAuthors)) {
        assertEquals(
          await Deno.readFile(`${again}/${trial}/${file}`),
          await Deno.readFile(`${kernelDir}/${trial}/${file}`),
          `${trial}/${file}`,
        );
      }
    }
  });

  await t.step("phase 1 does not replace results unasked, and mixes no experiments", async () => {
    const before = await Deno.readFile(`${kernelDir}/trial000/cnn.h5`);
    for (const change of [{}, { seed: 8, firstTrial: 5 }]) {
      await assertRejects(
        () => phase1(gpu, { ...small, ...change, resultsDir: kernelDir, trials: 2 }),
        Error,
        "--overwrite",
      );
    }
    const again = { ...small, resultsDir: kernelDir, trials: 1, firstTrial: 1, overwrite: true };
    const { trials } = await phase1(gpu, { ...again, folders: true });
    assertEquals(trials.map(({ trial }) => trial), [0, 1, 2]);
    const single = { ...small, resultsDir: kernelDir, overwrite: true };
    await assertRejects(() => phase1(gpu, single), Error, "it holds a data set");
    await Deno.rename(`${kernelDir}/trial000`, `${dir}/aside`); // the first one missing
    await assertRejects(() => phase1(gpu, single), Error, "trial001); choose another folder");
    await Deno.rename(`${dir}/aside`, `${kernelDir}/trial000`);
    await assertRejects(
      () => phase1(gpu, { ...single, firstTrial: -1 }),
      RangeError,
      "firstTrial -1",
    );
    assertEquals(await Deno.readFile(`${kernelDir}/trial000/cnn.h5`), before);
  });

  let doubts: string[] = [];
  await t.step("fit writes a covariance for each layer", async () => {
    const { layers, warnings } = await fit({ kernelDir, gaussianDir });
    assert(warnings.length > 0, "kernels of 3 epochs have no structure to speak of");
    doubts = warnings.map((text) => `the prior in ${gaussianDir}: ${text}`);
    assertEquals(layers.map(({ name, samples, dimensions }) => [name, samples, dimensions]), [
      ...[["conv1", 15, 75], ["conv2", 150, 25], ["conv3", 240, 25]],
    ]);
    assertEquals((await readNpy(`${gaussianDir}/conv1_cov_rank3.npy`)).shape, [75, 75]);
  });

  for (const mode of ["l2", "sk"] as const) {
    await t.step(`phase 2 learns in mode ${mode}`, async () => {
      const resultsDir = `${dir}/${mode}`;
      const said: string[] = [];
      const summary = await phase2(gpu, {
        ...{ ...small, mode, alpha: 2.57, covDir: gaussianDir, resultsDir, seeds: 3, batch: 8 },
      }, (event) => said.push(...event.kind === "warning" ? [event.text] : []));
      assertEquals([said, summary.warnings], Array(2).fill(mode === "sk" ? doubts : []));
      assertEquals(await readJson(`${resultsDir}/summary.json`), summary);
      assertEquals([summary.mode, summary.denseL2], [mode, mode === "sk" ? 0.01 : 0]);
      assertEquals(summary.trials.length, 3);
      const mean = summary.trials.reduce((sum, { test }) => sum + test.ce, 0) / 3;
      assertEquals(mean.toFixed(12), summary.mean.ce.toFixed(12));
      assert(summary.standardError !== null && summary.standardError.ce > 0);
      assert(summary.time.testing > 0);
      const whole = Object.values(summary.time).reduce((sum, seconds) => sum + seconds);
      assertAlmostEquals(whole, summary.seconds, 0.01);
      const losses = (await readNpy(`${resultsDir}/trial002/train_losses.npy`)).data;
      assert(losses[2] < losses[0], `the training loss does not fall: ${losses}`);
    });
  }

  await t.step("phase 1 logs every epoch, and goes on where it was left", async () => {
    const dir = kernelDir;
    const rows = (await Deno.readTextFile(`${dir}/metrics.csv`)).trim().split("\n");
    assertEquals(rows[0].split(",").slice(0, 4), ["trial", "epoch", "train_loss", "train_ce"]);
    assertEquals(rows.length, 1 + 3 * 3);
    const losses = (await readNpy(`${dir}/trial002/valid_losses.npy`)).data;
    const logged = rows.filter((row) => row.startsWith("2,")).map((row) => row.split(",")[5]);
    assertEquals(logged.map(Number), Array.from(losses));

    const before = (await Deno.stat(`${dir}/trial000/cnn.h5`)).mtime;
    const groups: string[] = [];
    const summary = await phase1(gpu, {
      ...{ ...small, resultsDir: dir, trials: 4, resume: true, command: "deno task phase1" },
    }, (event) => {
      if (event.kind === "group") groups.push(`${event.what}: ${event.finished}/${event.total}`);
    });
    assertEquals(groups, ["trial 3: 3/4"]);
    assertEquals(summary.trials.map(({ folder }) => folder).at(-1), "trial003");
    assertEquals((await Deno.stat(`${dir}/trial000/cnn.h5`)).mtime, before);
    const { command, options, earlier, adapter, versions } = await readJson<RunConfig>(
      `${dir}/config.json`,
    );
    assertEquals([command, options.trials, earlier?.length], ["deno task phase1", 4, 2]);
    assertEquals([adapter?.name, versions.deno], [gpu.adapter.name, Deno.version.deno]);
  });

  await t.step("phase 1 counts the time of its interrupted parts", async () => {
    const options = { ...small, resultsDir: `${dir}/parts`, trials: 2 };
    const controller = new AbortController();
    let start = 0;
    const onGroup = ({ kind }: TrainingEvent) => {
      if (kind === "group") start = performance.now();
      if (kind === "epoch") controller.abort(new Error("enough"));
    };
    const elapsed = (since: number) => (performance.now() - since) / 1000;
    const stopped = phase1(gpu, { ...options, signal: controller.signal }, onGroup);
    await assertRejects(() => stopped, Error, "enough");
    const first = elapsed(start);
    const { spent } = (await readCheckpoint(`${options.resultsDir}/trial000`))!.checkpoint;
    assert(spent > 0.25 * first && spent < first, `${spent} of ${first} s`);
    const begin = performance.now();
    const { seconds } = await phase1(gpu, { ...options, resume: true }, onGroup);
    const last = seconds - spent;
    assert(last > elapsed(start) - 0.1 && last < elapsed(begin), `${last} s of ${elapsed(begin)}`);
  });

  await t.step("the grid chooses α by validation and tests that one alone", async () => {
    const resultsDir = `${dir}/grid`;
    const options = { ...small, resultsDir, covDir: gaussianDir, alphas: [2.57, 0.5], seeds: 3 };
    await grid(gpu, { ...options, modes: ["l2"], batch: 8 });
    let trained = 0;
    const said: string[] = [];
    const summary = await grid(gpu, { ...options, resume: true, batch: 8 }, (event) => {
      if (event.kind === "group") trained += event.trials;
      if (event.kind === "warning") said.push(event.text);
    });
    assertEquals([said, summary.warnings], [doubts, doubts]);
    assertEquals(trained, 6); // those of L2 were there
    assertEquals(await readJson(`${resultsDir}/summary.json`), summary);
    const findings = await readJson<GridFindings>(`${resultsDir}/grid.json`);
    assertEquals(findings.validation.map(({ mode, alpha }) => `${mode} ${alpha}`), [
      ...["l2 0.5", "l2 2.57", "sk 0.5", "sk 2.57"],
    ]);
    for (const { mode, alpha, trials } of findings.test) {
      const cells = findings.validation.filter((cell) => cell.mode === mode);
      const lowest = Math.min(...cells.map(({ ce }) => ce.mean));
      assertEquals(cells.find((cell) => cell.ce.mean === lowest)?.alpha, alpha);
      assertEquals(trials.length, 3);
    }
    const [l2, sk] = findings.test.map(({ trials }) => trials.map(({ ce }) => ce));
    const mean = sk.reduce((sum, ce, i) => sum + (ce - l2[i]) / 3, 0);
    assertAlmostEquals(findings.comparison!.ce.mean, mean, 1e-12);
    const rows = (await Deno.readTextFile(`${resultsDir}/grid.csv`)).trim().split("\n");
    assertEquals(rows.length, 1 + 2 * 2 * 3);
    assertEquals(rows.filter((row) => row.endsWith(",,")).length, 2 * 3);
    const predictions = (await Deno.readTextFile(`${resultsDir}/predictions.csv`)).trim();
    assertEquals(predictions.split("\n").length, 1 + 2 * 3 * 10 * 5);
    // A trial of the grid is the trial that phase 2 trains alone.
    for (const mode of ["l2", "sk"]) {
      for (const file of ["trial001/cnn.h5", "trial002/valid_losses.npy"]) {
        assertEquals(
          await Deno.readFile(`${resultsDir}/${mode}_alpha2.57/${file}`),
          await Deno.readFile(`${dir}/${mode}/${file}`),
          `${mode} ${file}`,
        );
      }
    }
  });

  await t.step("the commands tell at their end where the time went", async () => {
    const common = [`--data-dir=${dataDir}`, "--size=48", "--epochs=1"];
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

  await t.step("the commands name what is wrong, and exit with the right code", async () => {
    const bad = `${dir}/bad`;
    await Deno.mkdir(`${bad}/empty/phase1/a`, { recursive: true });
    await Deno.mkdir(`${bad}/empty/phase1/b`, { recursive: true });
    await copy(`${dataDir}/phase1`, `${bad}/one/phase1`, 1);
    await copy(`${dataDir}/phase1`, `${bad}/corrupt/phase1`, 2);
    const [folder] = await list(`${bad}/corrupt/phase1`);
    const [file] = await list(`${bad}/corrupt/phase1/${folder}`);
    await Deno.writeTextFile(`${bad}/corrupt/phase1/${folder}/${file}`, "no image");
    await Deno.mkdir(`${bad}/few/trial000`, { recursive: true });
    await Deno.copyFile(`${kernelDir}/trial000/cnn.h5`, `${bad}/few/trial000/cnn.h5`);

    const out = `${dir}/out`;
    const one = ["--size=48", "--epochs=1", `--results-dir=${out}`];
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

  gpu.close();
  await Deno.remove(dir, { recursive: true });
});

/** Whether a file is one of the authors' (SPEC §7): equal runs give equal bytes of these. */
const isAuthors = (name: string) => /\.(h5|npy)$/.test(name);

/** The names in a folder, sorted. */
async function list(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).sort();
}

/** Copies the first `count` class folders of a set. */
async function copy(source: string, target: string, count: number): Promise<void> {
  for (const name of (await list(source)).slice(0, count)) {
    await Deno.mkdir(`${target}/${name}`, { recursive: true });
    for (const file of await list(`${source}/${name}`)) {
      await Deno.copyFile(`${source}/${name}/${file}`, `${target}/${name}/${file}`);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
