/**
 * `deno task demo`: the whole pipeline, small, on the built-in silhouettes, and its report.
 *
 * @module
 */
import { PAPER_ALPHA } from "../src/experiments/penalty.ts";
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { commandLine, nonNegativeInteger, positiveInteger, renamed, runTask } from "./cli.ts";
import { adapter, quiet, trials } from "./shared_options.ts";
import { locate } from "./user_folder.ts";

/** The demo's own folder: results of an earlier demo are replaced. */
const resultsDir = DEFAULT_FOLDERS.demo;

await runTask({
  name: "demo",
  summary:
    "Run phase 1, fit and phase 2, small, on built-in silhouettes, and write a report of them; " +
    "under two minutes on a CPU.",
  options: {
    trials: trials("networks of phase 1", 4),
    epochs: positiveInteger("--epochs", "epochs of phase 1; phase 2 gets half as many again", 40, {
      most: 1_000_000,
    }),
    phase2Trials: renamed(
      positiveInteger("--phase2-trials", "networks of phase 2 in each mode", 4, { most: 10_000 }),
      "--seeds",
    ),
    size: positiveInteger("--size", "side of the square images in pixels", 80, {
      ...{ least: 41, most: 4096 },
    }),
    seed: nonNegativeInteger("--seed", "the experiment", 0),
    adapter,
    quiet,
  },
  examples: ["deno task demo"],
}, async ({ trials, epochs, phase2Trials, size, seed, adapter, quiet }, tools) => {
  const { fit, openGpu, phase1, phase2, writeReport } = await import("../mod.ts");
  const { drawSynthetic } = await import("./data_dir.ts");
  const { showCompiling, showTraining } = await import("./progress.ts");
  const { formatFit, formatPhase2 } = await import("./tables.ts");
  const { print, warn } = tools;
  const shown = { ...tools, quiet };
  const gpu = await openGpu({ adapter, onCompile: showCompiling(shown) });
  const show = showTraining(shown, gpu);
  const dataDir = await drawSynthetic(print);

  const common = { dataDir, size, seed, overwrite: true, command: commandLine("demo") };
  print(`\nphase 1: ${trials} networks learn 20 classes; their kernels are the data`);
  const kernelDir = `${resultsDir}/kernel_dataset`;
  const options = { ...common, resultsDir: kernelDir, trials, epochs, folders: true };
  await phase1(gpu, options, show);

  print("\nfit: a Gaussian for each layer's kernels");
  const gaussianDir = `${resultsDir}/gaussian_fit`;
  const prior = await fit({ ...common, kernelDir, gaussianDir }, (event) => {
    if (event.kind === "warning") warn(`warning: ${event.text}`);
  });

  const runs = [], dirs = [kernelDir, gaussianDir];
  const phase2Epochs = Math.ceil(1.5 * epochs);
  for (const mode of ["l2", "sk"] as const) {
    const alpha = PAPER_ALPHA[mode];
    print(
      `\nphase 2: ${phase2Trials} networks learn 10 new classes from 5 images each, mode ${mode}`,
    );
    const dir = `${resultsDir}/phase2_${mode}`;
    const run = await phase2(gpu, {
      ...{
        ...common,
        mode,
        alpha,
        trials: phase2Trials,
        epochs: phase2Epochs,
        covDir: gaussianDir,
      },
      resultsDir: dir,
    }, show);
    runs.push(run);
    dirs.push(dir);
  }
  gpu.close();
  print(
    "\nLog-likelihood of held-out kernels in nats, under an independent and a correlated Gaussian",
  );
  print(formatFit(prior));
  print("\nL2 against SK-reg on the test images (a demo this small says little; see the README)");
  print(formatPhase2(runs));
  const { out } = await writeReport({
    runs: dirs,
    out: `${resultsDir}/report.html`,
    overwrite: true,
  });
  print(`\nresults in ${resultsDir}, images in ${dataDir}`);
  print(`\nOpen ${locate(out)} in a browser: it shows all of this on one page.`);
});
