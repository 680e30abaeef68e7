/**
 * The three phases end to end, on a small built-in set.
 *
 * @module
 */
import { defaultAugmentation } from "../src/data/augment.ts";
import {
  fit,
  type Gpu,
  grid,
  type GridFindings,
  openGpu,
  phase1,
  type Phase1Options,
  type Phase1Summary,
  phase2,
  trainGrid,
  type TrainingEvent,
} from "../mod.ts";
import { readImageFolder } from "../src/data/folder.ts";
import { AUTHORS_FB_CHANNELS } from "../src/data/channel_statistics.ts";
import { stratifiedSplit } from "../src/data/split.ts";
import { readJson } from "../src/io/files.ts";
import { readKerasWeights } from "../src/io/keras_h5.ts";
import { readNpy } from "../src/io/npy.ts";
import { createLayout, joinParameters } from "../src/nn/layout.ts";
import { readCheckpoint } from "../src/runs/checkpoint.ts";
import type { RunConfig } from "../src/runs/config.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertSameFile,
} from "./helpers/assert.ts";
import { list } from "./helpers/folders.ts";
import { evaluate } from "../src/training/evaluate.ts";
import { uploadImages } from "../src/training/examples.ts";
import { drawSmallSet, SIZE } from "../tasks/torture/small_set.ts";

Deno.test("workflow: phase 1, fit and phase 2 hand their files on, and repeat to the byte", async (t) => {
  const gpu = await openGpu();
  const dir = await Deno.makeTempDir();
  const dataDir = `${dir}/silhouettes`;
  await drawSmallSet(dataDir);
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

  await t.step(
    "phase 1 gives the same bytes again, and for a trial trained beside it",
    async () => {
      const again = `${dir}/again`;
      const other = await openGpu();
      let spent = 0;
      const train = async (gpu: Gpu, part: Partial<Phase1Options>) => {
        let start = 0;
        await phase1(gpu, { ...small, resultsDir: again, folders: true, ...part }, ({ kind }) => {
          if (kind === "group") start = performance.now();
        });
        spent += (performance.now() - start) / 1000;
      };
      await Promise.all([train(other, { firstTrial: 2 }), train(gpu, { trials: 2 })]);
      other.close();
      const summary = await readJson<Phase1Summary>(`${again}/summary.json`);
      assertEquals(summary.trials.map(({ trial }) => trial), [0, 1, 2]);
      const { seconds } = summary;
      assert(seconds > 0.8 * spent && seconds <= spent, `${seconds} of ${spent} s are told`);
      assertEquals(summary.trials[0].seconds, summary.trials[1].seconds); // each has its share
      await train(gpu, { trials: 3, resume: true }); // nothing is left to train, nothing is added
      assertEquals((await readJson<Phase1Summary>(`${again}/summary.json`)).seconds, seconds);
      assertSameFile(`${again}/curves.svg`, `${kernelDir}/curves.svg`);
      for (const trial of ["trial000", "trial001", "trial002"]) {
        for (const file of (await list(`${kernelDir}/${trial}`)).filter(isAuthors)) {
          assertSameFile(`${again}/${trial}/${file}`, `${kernelDir}/${trial}/${file}`);
        }
      }
    },
  );

  await t.step("phase 1 does not replace results unasked, and mixes no experiments", async () => {
    const before = await Deno.readFile(`${kernelDir}/trial000/cnn.h5`);
    for (const change of [{}, { seed: 8, firstTrial: 5 }]) {
      const again = () => phase1(gpu, { ...small, ...change, resultsDir: kernelDir, trials: 2 });
      await assertRejects(again, Error, "--overwrite");
    }
    const again = { ...small, resultsDir: kernelDir, trials: 1, firstTrial: 1, overwrite: true };
    const { trials } = await phase1(gpu, { ...again, folders: true });
    assertEquals(trials.map(({ trial }) => trial), [0, 1, 2]);
    const single = { ...small, resultsDir: kernelDir, overwrite: true };
    await assertRejects(() => phase1(gpu, single), Error, "it holds a data set");
    await Deno.rename(`${kernelDir}/trial000`, `${dir}/aside`); // the first one missing
    await assertRejects(() => phase1(gpu, single), Error, "trial001); choose another folder");
    await Deno.rename(`${dir}/aside`, `${kernelDir}/trial000`);
    const negative = () => phase1(gpu, { ...single, firstTrial: -1 });
    await assertRejects(negative, RangeError, "firstTrial -1");
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
      const options = { ...small, covDir: gaussianDir, resultsDir, trials: 3, batch: 8 };
      const summary = await phase2(
        gpu,
        { ...options, mode, alpha: 2.57 },
        (event) => said.push(...event.kind === "warning" ? [event.text] : []),
      );
      assertEquals([said, summary.warnings], Array(2).fill(mode === "sk" ? doubts : []));
      assertEquals(await readJson(`${resultsDir}/summary.json`), summary);
      assertEquals([summary.mode, summary.lambda], [mode, 0.05 * 2.57]);
      assertEquals(summary.denseL2, mode === "sk" ? 0.01 : 0);
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

  await t.step("phase 1 and phase 2 show images in two colours, and say so", async () => {
    const options = { ...small, epochs: 1, fb: true }, [one, two] = [`${dir}/fb1`, `${dir}/fb2`];
    const first = await phase1(gpu, { ...options, resultsDir: one });
    const second = await phase2(gpu, { ...options, resultsDir: two, mode: "l2", alpha: 1 });
    for (const { settings, model } of [first, second]) {
      assertEquals([settings.fb, model.normalization], [true, AUTHORS_FB_CHANNELS]);
    }
    const sheets = await Promise.all(
      [one, kernelDir].map((dir) => Deno.readFile(`${dir}/augmented.png`)),
    );
    assertNotEquals(...sheets as [Uint8Array, Uint8Array]);
    // What is validated and tested is shown in two colours, too.
    const judge = async (
      dir: string,
      { model, trials: [{ valid }] }: typeof first | typeof second,
      part: string,
    ) => {
      const { network, normalization } = model;
      const weights = await readKerasWeights(`${dir}/cnn.h5`);
      const trials = [joinParameters(createLayout(network), weights, dir)];
      const images = await readImageFolder(`${dataDir}/${part}`, { size: [SIZE, SIZE] });
      const indices = part === "phase1" ? stratifiedSplit(images.labels, 0.2, 0).valid : undefined;
      const examples = { bank: uploadImages(gpu, images), indices };
      const augmentation = { ...defaultAugmentation(SIZE), fb: true };
      const all = { network, trials, examples, normalization, augmentation };
      const [figures] = await evaluate(gpu, all);
      return { ...figures, wanted: valid };
    };
    const figures = [
      await judge(one, first, "phase1"),
      await judge(two, second, "phase2/valid"),
      { ...await judge(two, second, "phase2/test"), wanted: second.trials[0].test },
    ];
    for (const { ce, accuracy, wanted } of figures) {
      assertAlmostEquals(ce, wanted.ce, 1e-6);
      assertEquals(accuracy, wanted.accuracy);
    }
    const again = { ...options, fb: false, resultsDir: one, resume: true };
    await assertRejects(() => phase1(gpu, again), Error, "(fb was true, now false)");
  });

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
    const more = {
      ...small,
      resultsDir: dir,
      trials: 4,
      resume: true,
      command: "deno task phase1",
    };
    const summary = await phase1(gpu, more, (event) => {
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
    const options = { ...small, resultsDir, covDir: gaussianDir, alphas: [2.57, 0.5], trials: 3 };
    const part = { ...options, modes: ["l2"] as const, batch: 8, resume: true };
    const parts = [await trainGrid(gpu, { ...part, trials: 2 })];
    parts.push(await trainGrid(gpu, { ...part, trials: 1, firstTrial: 2 }));
    assertEquals(parts.map(({ trials, time }) => [trials, time.testing]), [[4, 0], [2, 0]]);
    assertEquals((await list(resultsDir)).sort(), [
      ...[".lock", "config.json", "l2_alpha0.5", "l2_alpha2.57", "metrics.csv"],
    ]);
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
    const whole = `${dir}/grid_in_one_go`;
    await grid(gpu, { ...options, resultsDir: whole, batch: 8 });
    for (const file of ["grid.json", "grid.csv", "grid.svg", "predictions.csv", "metrics.csv"]) {
      assertSameFile(`${resultsDir}/${file}`, `${whole}/${file}`);
    }
    // A trial of the grid is the trial that phase 2 trains alone.
    for (const mode of ["l2", "sk"]) {
      for (const file of ["trial001/cnn.h5", "trial002/valid_losses.npy"]) {
        assertSameFile(`${resultsDir}/${mode}_alpha2.57/${file}`, `${dir}/${mode}/${file}`);
      }
    }
  });

  gpu.close();
  await Deno.remove(dir, { recursive: true });
});

/** Whether a file is one of the authors' (SPEC §7): equal runs give equal bytes of these. */
const isAuthors = (name: string) => /\.(h5|npy)$/.test(name);
