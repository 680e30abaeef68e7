/**
 * `deno task grid`: which α, and is the smooth-kernel prior better than plain L2?
 *
 * @module
 */
import "./thread.ts"; // before all else
import { ALPHAS } from "../src/experiments/penalty.ts";
import { TRIALS } from "../src/experiments/training_defaults.ts";
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { choice, flag, list, path, renamed, strengths } from "./cli.ts";
import { newClassesOptions, trials } from "./shared_options.ts";
import { runTraining } from "./train.ts";

await runTraining(
  {
    name: "grid",
    summary:
      "Choose α for L2 and SK-reg by validation cross-entropy, then compare both on the test " +
      "images.",
    options: {
      modes: list(choice("--mode", "penalties to compare", ["l2", "sk"]), ["l2", "sk"]),
      alphas: strengths(
        "--alphas",
        "strengths to try, e.g. 1,2,4, or 0.25..16 in doublings",
        [...ALPHAS],
      ),
      trials: renamed(trials("networks for each penalty and α", TRIALS.grid), "--seeds"),
      resultsDir: path(
        "--results-dir",
        "where tables, pictures and trials go",
        DEFAULT_FOLDERS.grid,
      ),
      ...newClassesOptions,
      trainOnly: flag(
        "--train-only",
        "train, but choose and test nothing: a part of a grid, which the whole command judges later",
      ),
    },
    examples: [
      "deno task grid",
      "deno task grid --mode=l2,sk --alphas=0.25..16 --trials=10",
      "deno task grid --alphas=0.25..32 --trials=10 --resume",
    ],
  },
  async (gpu, { trainOnly, ...options }, on) => {
    const { grid, trainGrid } = await import("../mod.ts");
    return await (trainOnly ? trainGrid : grid)(gpu, options, on);
  },
  async (summary, { resultsDir }) => {
    if (!("validation" in summary)) {
      const networks = summary.trials === 1 ? "network is" : "networks are";
      return `${summary.trials} ${networks} trained in ${resultsDir}; when all parts are, ` +
        "`deno task grid --resume` with the options of all of them judges";
    }
    const { formatGrid } = await import("./tables.ts");
    return `${formatGrid(summary)}\n\nresults in ${resultsDir} (grid.svg shows them)`;
  },
);
