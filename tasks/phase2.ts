/**
 * `deno task phase2`: learn new classes from few images, with L2 or with the smooth-kernel prior.
 *
 * @module
 */
import {
  choice,
  flag,
  nonNegativeInteger,
  nonNegativeNumber,
  path,
  positiveInteger,
  required,
  runTask,
} from "./cli.ts";

await runTask({
  name: "phase2",
  summary:
    "Learn new classes from few images, with plain L2 or with the learned smooth-kernel prior.",
  options: {
    mode: required(choice("--mode", "the penalty on conv kernels", ["l2", "sk"])),
    alpha: required(
      nonNegativeNumber("--alpha", "λ = 0.05·α; the paper's are 4.29 for l2, 2.57 for sk"),
    ),
    dataDir: path(
      "--data-dir",
      "folder that holds phase2/{train,valid,test} (default data/silhouettes, else built-in)",
    ),
    resultsDir: path("--results-dir", "where weights, curves and summary.json go", "phase2_tmp"),
    covDir: path("--cov-dir", "where `deno task fit` wrote the covariances", "data/gaussian_fit"),
    epochs: positiveInteger("--epochs", "passes over the training images", 300, {
      most: 1_000_000,
    }),
    seeds: positiveInteger("--seeds", "networks, trained side by side", 1, { most: 10_000 }),
    seed: nonNegativeInteger("--seed", "the experiment; its seeds are the same in both modes", 0),
    batch: positiveInteger("--batch", "images a step", 8, { most: 65_535 }),
    denseL2: nonNegativeNumber(
      "--dense-l2",
      "λ of L2 on the last layer (default 0 for l2, 0.01 for sk, as published)",
    ),
    size: positiveInteger("--size", "side of the square images in pixels", 200, { most: 4096 }),
    normalize: choice(
      "--normalize",
      "z-score by the authors' channel means, or by those of the training images",
      ["authors", "data"],
      "authors",
    ),
    overwrite: flag(
      "--overwrite",
      "replace results of an earlier run, once the new ones are there",
    ),
  },
  examples: [
    "deno task phase2 --mode=l2 --alpha=4.29 --seeds=6 --results-dir=data/l2",
    "deno task phase2 --mode=sk --alpha=2.57 --seeds=6 --results-dir=data/sk",
  ],
}, async (options, { print }) => {
  const { openGpu, phase2 } = await import("../mod.ts");
  const { chooseDataDir } = await import("./data_dir.ts");
  const { describeAdapter, describeData, describeEpoch, describeGroup } = await import(
    "./progress.ts"
  );
  const { formatPhase2, formatTime } = await import("./tables.ts");
  const gpu = await openGpu();
  print(describeAdapter(gpu));
  const dataDir = await chooseDataDir(options.dataDir, print);
  let trainImages = 0;
  const starting = performance.now() / 1000; // since the start of the process
  const summary = await phase2(gpu, { ...options, dataDir }, (event) => {
    if (event.kind === "data") {
      const { train, valid, test } = event.counts;
      trainImages = train;
      const counts = `${train} training, ${valid} validation and ${test} test images`;
      print(describeData(event.folder, event.classes, counts));
    } else if (event.kind === "seeds") {
      print(describeGroup("seeds", event.first, event.count, event.seeds, event.parameterCount));
    } else {
      print(describeEpoch(event.report, options.epochs, trainImages));
    }
  });
  print(formatPhase2([summary]));
  print(`results in ${options.resultsDir}`);
  gpu.close();
  print(`\n${formatTime(starting, summary.time, performance.now() / 1000)}`);
});
