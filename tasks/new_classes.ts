/**
 * The options that phase 2 and the grid share.
 *
 * @module
 */
import {
  adapter,
  imageOptions,
  memory,
  nonNegativeInteger,
  nonNegativeNumber,
  path,
  positiveInteger,
} from "./cli.ts";

/** What new classes are learned from, and how. */
export const newClassesOptions = {
  dataDir: path(
    "--data-dir",
    "folder that holds phase2/{train,valid,test} (default data/silhouettes, else built-in)",
  ),
  covDir: path("--cov-dir", "where `deno task fit` wrote the covariances", "data/gaussian_fit"),
  epochs: positiveInteger("--epochs", "passes over the training images", 300, {
    most: 1_000_000,
  }),
  seed: nonNegativeInteger("--seed", "the experiment; its seeds are the same in both modes", 0),
  batch: positiveInteger("--batch", "images a step", 8, { most: 65_535 }),
  denseL2: nonNegativeNumber(
    "--dense-l2",
    "λ of L2 on the last layer (default 0 for l2, 0.01 for sk, as published)",
  ),
  ...imageOptions,
  memory,
  adapter,
};
