/**
 * `deno task fit`: fit a Gaussian to each layer's kernels.
 *
 * @module
 */
import { commandLine, flag, path, runTask } from "./cli.ts";
import { locate } from "./command_line.ts";

await runTask({
  name: "fit",
  summary: "Fit a correlated Gaussian to each conv layer's kernels: the prior of phase 2.",
  options: {
    kernelDir: path(
      "--kernel-dir",
      "folder of trial000, trial001, … with a cnn.h5 each",
      "data/kernel_dataset",
    ),
    gaussianDir: path(
      "--gaussian-dir",
      "where covariances, pictures and summary.json go",
      "data/gaussian_fit",
    ),
    overwrite: flag("--overwrite", "replace an earlier fit"),
  },
  examples: ["deno task fit", "deno task fit --kernel-dir=data/five --gaussian-dir=data/five_fit"],
}, async (options, { print, warn }) => {
  const { fit } = await import("../mod.ts");
  const { formatFit } = await import("./tables.ts");
  const summary = await fit({ ...options, command: commandLine("fit") }, (event) => {
    if (event.kind === "trials") {
      const trials = event.count === 1 ? "1 trial" : `${event.count} trials`;
      print(`kernels of ${trials} in ${locate(options.kernelDir)}`);
      print(event.sources.join(", "), "layers");
    }
    if (event.kind === "warning") warn(`warning: ${event.text}`);
  });
  print(formatFit(summary));
  print(`covariances and pictures in ${locate(options.gaussianDir)}`);
});
