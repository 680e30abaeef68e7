/**
 * `deno task phase1:loop`: train the paper's 20 networks, whose kernels become the prior.
 *
 * @module
 */
import "./thread.ts"; // before all else
import { PRIOR_EPOCHS, TRIALS } from "../src/experiments/training_defaults.ts";
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { trainPhase1 } from "./train_phase1.ts";

await trainPhase1({
  name: "phase1:loop",
  summary: "Train the 20 networks whose kernels become the prior.",
  resultsDir: DEFAULT_FOLDERS.kernels,
  epochs: PRIOR_EPOCHS,
  trials: TRIALS.prior,
  folders: true,
  examples: [
    "deno task phase1:loop",
    "deno task phase1:loop --trials=10 --first-trial=10",
  ],
});
