/**
 * `deno task phase1`: train a network, or some side by side, on many classes.
 *
 * @module
 */
import "./thread.ts"; // before all else
import { EPOCHS, TRIALS } from "../src/experiments/training_defaults.ts";
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { trainPhase1 } from "./train_phase1.ts";

await trainPhase1({
  name: "phase1",
  summary: "Train a network on many classes and keep its kernels.",
  resultsDir: DEFAULT_FOLDERS.phase1,
  epochs: EPOCHS,
  trials: TRIALS.phase1,
  folders: false,
  examples: [
    "deno task phase1",
    "deno task phase1 --trials=5 --epochs=100 --results-dir=data/five",
  ],
});
