/**
 * `deno task export`: the fitted prior for other programs.
 *
 * @module
 */
import { flag, path, runTask } from "./cli.ts";

await runTask({
  name: "export",
  summary: "Write the fitted prior as .npy and JSON, with an example for PyTorch and for Keras.",
  options: {
    gaussianDir: path(
      "--gaussian-dir",
      "where `deno task fit` wrote (default: data/gaussian_fit, else the built-in prior)",
    ),
    out: path("--out", "where matrices and examples go", "prior_export"),
    overwrite: flag("--overwrite", "replace an earlier export"),
  },
  examples: ["deno task export", "deno task export --gaussian-dir=my_prior --out=my_export"],
}, async (options, { print, warn }) => {
  const { exportPrior } = await import("../mod.ts");
  const { formatTable } = await import("../src/report/table.ts");
  const { layers, warnings, source } = await exportPrior(options);
  for (const text of warnings) warn(`warning: ${text}`);
  print(formatTable(
    ["layer", "rank", "dimensions", "order"],
    layers.map(({ name, rank, dimensions, order }) => [name, `${rank}`, `${dimensions}`, order]),
  ));
  const { out } = options;
  print(`
prior      ${source}
matrices   ${out}/${layers[0].name}_covariance.npy, ${out}/${layers[0].name}_precision.npy, …
all in one ${out}/prior.json
use them   ${out}/example_pytorch.py, ${out}/example_keras.py`);
});
