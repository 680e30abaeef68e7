/**
 * `deno task fit`: fit a Gaussian to each layer's kernels.
 *
 * @module
 */
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { choice, commandLine, flag, list, path, positiveInteger, runTask, text } from "./cli.ts";
import { locate } from "./user_folder.ts";

const WEIGHTS =
  ".safetensors, .npz, .npy, or Keras' .h5, .weights.h5, .keras; a layer of one name and shape in " +
  "several files is fitted to the kernels of all";

await runTask({
  name: "fit",
  summary: "Fit a correlated Gaussian to each conv layer's kernels: the prior of phase 2.",
  options: {
    kernelDir: path(
      "--kernel-dir",
      "folder of trial000, trial001, … with a cnn.h5 each (default: data/kernel_dataset)",
    ),
    weights: list(path("--weights", `weights of anyone in place of trials: ${WEIGHTS}`)),
    layers: list(
      text(
        "--layers",
        "of --weights, the names of tensors to fit; * stands for any signs, ? for one (default: all)",
        "name",
      ),
    ),
    rank: choice(
      "--rank",
      "what a sample is: 3 a filter, 2 one channel of a filter; auto: 3 where the image is read",
      ["auto", "2", "3"],
      "auto",
    ),
    order: choice(
      "--order",
      "axes of kernels in others' files than Keras': OIHW as in PyTorch, or HWIO (default: OIHW in " +
        ".safetensors, by shape in .npz and .npy)",
      ["OIHW", "HWIO"],
    ),
    gaussianDir: path(
      "--gaussian-dir",
      "where covariances, pictures and summary.json go",
      DEFAULT_FOLDERS.prior,
    ),
    trials: positiveInteger("--trials", "refuse fewer finished trials than these"),
    overwrite: flag("--overwrite", "replace an earlier fit"),
  },
  examples: [
    "deno task fit",
    "deno task fit --kernel-dir=data/five --gaussian-dir=data/five_fit",
    "deno task fit --weights=resnet18.safetensors --layers='conv1.weight,layer1.*' --gaussian-dir=prior",
  ],
}, async ({ weights, kernelDir, rank, ...options }, { print, warn }) => {
  const { fit } = await import("../mod.ts");
  const { formatFit, formatRanks, formatTensors } = await import("./tables.ts");
  const source = weights.length > 0
    ? { weights, kernelDir }
    : { kernelDir: kernelDir ?? DEFAULT_FOLDERS.kernels };
  const asked = rank === "auto" ? undefined : Number(rank) as 2 | 3;
  const given = { ...options, ...source, rank: asked, command: commandLine("fit") };
  const summary = await fit(given, (event) => {
    if (event.kind === "trials") {
      const trials = event.count === 1 ? "1 trial" : `${event.count} trials`;
      print(`kernels of ${trials} in ${locate(source.kernelDir!)}`);
      print(event.sources.join(", "), "layers");
    }
    if (event.kind === "tensors") {
      print(`kernels of ${weights.join(", ")}`);
      print(formatTensors(event.tensors));
    }
    if (event.kind === "warning") warn(`warning: ${event.text}`);
  });
  print(formatFit(summary));
  print(formatRanks(summary));
  print(`covariances and pictures in ${locate(options.gaussianDir)}`);
});
