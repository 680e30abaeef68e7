/**
 * `deno task demo`: the whole pipeline, small, on the built-in silhouettes.
 *
 * @module
 */
import { nonNegativeInteger, path, positiveInteger, runTask } from "./cli.ts";

await runTask({
  name: "demo",
  summary:
    "Run phase 1, fit and phase 2, small, on built-in silhouettes; under two minutes on a CPU.",
  options: {
    resultsDir: path(
      "--results-dir",
      "where everything goes; results of an earlier demo are replaced",
      "demo_tmp",
    ),
    trials: positiveInteger("--trials", "networks of phase 1", 4),
    epochs: positiveInteger("--epochs", "epochs of phase 1 and of phase 2", 40),
    seeds: positiveInteger("--seeds", "networks of phase 2 in each mode", 4),
    size: positiveInteger("--size", "side of the square images in pixels", 80),
    seed: nonNegativeInteger("--seed", "the experiment", 0),
  },
  examples: ["deno task demo"],
}, async ({ resultsDir, trials, epochs, seeds, size, seed }, { signal, print, warn }) => {
  const { fit, openGpu, phase1, phase2, writeSyntheticSet } = await import("../mod.ts");
  const { describeAdapter, describeEpoch } = await import("./progress.ts");
  const { formatFit, formatPhase2 } = await import("./tables.ts");
  const gpu = await openGpu();
  print(describeAdapter(gpu));
  const dataDir = "data/synthetic";
  if (!(await Deno.stat(dataDir).catch(() => null))) {
    print(`drawing 30 classes of silhouettes into ${dataDir} …`);
    await writeSyntheticSet(dataDir);
  }

  const common = { dataDir, size, seed, signal, overwrite: true };
  print(`\nphase 1: ${trials} networks learn 20 classes; their kernels are the data`);
  const kernelDir = `${resultsDir}/kernel_dataset`;
  let images = 0;
  const options = { ...common, resultsDir: kernelDir, trials, epochs, folders: true };
  await phase1(gpu, options, (event) => {
    if (event.kind === "data") images = event.train;
    if (event.kind === "epoch" && event.report.epoch % 10 === 0) {
      print(describeEpoch(event.report, epochs, images));
    }
  });

  print("\nfit: a Gaussian for each layer's kernels; log-likelihood of held-out kernels, in nats");
  const gaussianDir = `${resultsDir}/gaussian_fit`;
  const prior = await fit({ kernelDir, gaussianDir, overwrite: true }, (event) => {
    if (event.kind === "warning") warn(`warning: ${event.text}`);
  });
  print(formatFit(prior));

  const runs = [];
  for (
    const { mode, alpha } of [{ mode: "l2", alpha: 4.29 }, { mode: "sk", alpha: 2.57 }] as const
  ) {
    print(`\nphase 2: ${seeds} networks learn 10 new classes from 5 images each, mode ${mode}`);
    const run = await phase2(gpu, {
      ...{ ...common, mode, alpha, seeds, epochs, covDir: gaussianDir },
      resultsDir: `${resultsDir}/phase2_${mode}`,
    }, (event) => {
      if (event.kind === "data") images = event.counts.train;
      if (event.kind === "epoch" && event.report.epoch % 10 === 0) {
        print(describeEpoch(event.report, epochs, images));
      }
    });
    runs.push(run);
  }
  print("\nL2 against SK-reg on the test images (a demo this small says little; see the README)");
  print(formatPhase2(runs));
  print(`\nnetworks      ${kernelDir}
prior         ${gaussianDir} (conv1_kernels.png shows it)
new classes   ${resultsDir}/phase2_l2, ${resultsDir}/phase2_sk
images        ${dataDir}`);
  gpu.close();
});
