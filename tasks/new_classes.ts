/**
 * The options that phase 2 and the grid share.
 *
 * @module
 */
import { nonNegativeNumber, path } from "./cli.ts";
import { batch, dataDir, epochs, machineOptions, runOptions, seed } from "./train.ts";

/** What new classes are learned from, and how. */
export const newClassesOptions = {
  dataDir: dataDir("phase2/{train,valid,test}"),
  covDir: path("--cov-dir", "where `deno task fit` wrote the covariances", "data/gaussian_fit"),
  epochs: epochs(300),
  seed: seed("its trials are the same in both modes"),
  batch: batch("", 8),
  denseL2: nonNegativeNumber(
    "--dense-l2",
    "λ of L2 on the last layer (default 0 for l2, 0.01 for sk, as published)",
  ),
  ...machineOptions,
  ...runOptions,
};
