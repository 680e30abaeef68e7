/**
 * `deno task phase1`: train networks on many classes and keep their kernels. With `--loop`, the
 * paper's 20 networks.
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
  runTask,
} from "./cli.ts";

const loop = Deno.args[0] === "--loop";

await runTask({
  name: loop ? "phase1:loop" : "phase1",
  summary: loop
    ? "Train the 20 networks whose kernels become the prior."
    : "Train a network on many classes and keep its kernels.",
  options: {
    loop: flag("--loop", "the paper's data set: 20 trials, 400 epochs"),
    dataDir: path(
      "--data-dir",
      "folder that holds phase1/ with a folder a class (default data/silhouettes, else built-in)",
    ),
    resultsDir: path(
      "--results-dir",
      "where weights, curves and summary.json go",
      loop ? "data/kernel_dataset" : "phase1_tmp",
    ),
    epochs: positiveInteger("--epochs", "passes over the training images", loop ? 400 : 300),
    trials: positiveInteger("--trials", "networks, trained side by side", loop ? 20 : 1),
    firstTrial: nonNegativeInteger(
      "--first-trial",
      "number of the first trial, to train one data set in parts",
    ),
    seed: nonNegativeInteger(
      "--seed",
      "the experiment; with a trial's number it decides all its chance",
      0,
    ),
    batch: positiveInteger("--batch", "images a step (default min(32, training images / 5))"),
    alpha: nonNegativeNumber("--alpha", "λ = 0.05·α of L2 on the conv kernels", 1),
    size: positiveInteger("--size", "side of the square images in pixels", 200),
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
  examples: loop
    ? ["deno task phase1:loop", "deno task phase1:loop --trials=10 --first-trial=10"]
    : ["deno task phase1", "deno task phase1 --trials=5 --epochs=100 --results-dir=data/five"],
}, async (options, { signal, print }) => {
  const { openGpu, phase1 } = await import("../mod.ts");
  const { chooseDataDir } = await import("./data_dir.ts");
  const { describeAdapter, describeData, describeEpoch } = await import("./progress.ts");
  const gpu = await openGpu();
  print(describeAdapter(gpu));
  const dataDir = await chooseDataDir(options.dataDir, print);
  const { firstTrial, resultsDir, epochs } = options;
  const folders = options.loop || options.trials > 1 || firstTrial !== undefined;
  let trainImages = 0;
  const summary = await phase1(gpu, { ...options, dataDir, folders, signal }, (event) => {
    if (event.kind === "data") {
      trainImages = event.train;
      const counts = `${event.train} training and ${event.valid} validation images`;
      print(describeData(event.folder, event.classes, counts));
    } else if (event.kind === "trials") {
      const { first, count, parameters } = event;
      print(`trials      ${first} … ${first + count - 1}: ${count} × ${parameters} parameters`);
    } else {
      print(describeEpoch(event.report, epochs, trainImages));
    }
  });
  const { formatTable } = await import("../mod.ts");
  print(formatTable(
    ["trial", "best epoch", "train ce", "train accuracy", "valid ce", "valid accuracy"],
    summary.trials.map(({ trial, bestEpoch, train, valid }) => [
      String(trial),
      String(bestEpoch),
      ...[train.ce, train.accuracy, valid.ce, valid.accuracy].map((value) => value.toFixed(4)),
    ]),
  ));
  const { seconds, imagesPerSecond } = summary;
  print(`${seconds.toFixed(1)} s, training at ${imagesPerSecond.toFixed(0)} images/s`);
  print(`results in ${resultsDir}`);
  gpu.close();
});
