/**
 * `deno task phase2`: learn new classes from few images, with L2 or with the smooth-kernel prior.
 *
 * @module
 */
import "./thread.ts"; // before all else
import { TRIALS } from "../src/experiments/training_defaults.ts";
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { choice, nonNegativeNumber, path, renamed, required } from "./cli.ts";
import { newClassesOptions, trials } from "./shared_options.ts";
import { runTraining } from "./train.ts";

await runTraining(
  {
    name: "phase2",
    summary:
      "Learn new classes from few images, with plain L2 or with the learned smooth-kernel prior.",
    options: {
      mode: required(choice("--mode", "the penalty on conv kernels", ["l2", "sk"])),
      alpha: required(
        nonNegativeNumber("--alpha", "λ = 0.05·α; the paper's are 4.29 for l2, 2.57 for sk"),
      ),
      resultsDir: path(
        "--results-dir",
        "where weights, curves and summary.json go",
        DEFAULT_FOLDERS.phase2,
      ),
      trials: renamed(trials("networks, trained side by side", TRIALS.phase2), "--seeds"),
      ...newClassesOptions,
    },
    examples: [
      "deno task phase2 --mode=l2 --alpha=4.29 --trials=6 --results-dir=data/l2",
      "deno task phase2 --mode=sk --alpha=2.57 --trials=6 --results-dir=data/sk",
    ],
  },
  async (gpu, options, on) => await (await import("../mod.ts")).phase2(gpu, options, on),
  async (summary, { resultsDir }) => {
    const { formatPhase2 } = await import("./tables.ts");
    return `${formatPhase2([summary])}\nresults in ${resultsDir}`;
  },
);
