/**
 * The options that phase 2 and the grid share.
 *
 * @module
 */
import { list, nonNegativeNumber, type Option, path, renamed } from "./cli.ts";
import { batch, dataDir, epochs, firstTrial, machineOptions, runOptions, seed } from "./train.ts";

/** A layer of the network and the layer of the prior that it takes. */
const pair: Option<[string, string] | undefined> = {
  flag: "--prior-for",
  help: "layers of the network that take other layers of the prior than their own",
  value: "conv2d_3:conv2",
  fallback: undefined,
  parse(text) {
    const [, layer, prior] = /^([^:]+):([^:]+)$/.exec(text) ?? [];
    if (layer !== undefined) return [layer, prior];
    throw new RangeError(
      `"${text}" is not a layer of the network and one of the prior; give for example ` +
        `--prior-for=conv2d_3:conv2`,
    );
  },
};

/** What new classes are learned from, and how. */
export const newClassesOptions = {
  firstTrial: renamed(firstTrial, "--first-seed"),
  dataDir: dataDir("phase2/{train,valid,test}"),
  covDir: path(
    "--cov-dir",
    "where `deno task fit` wrote the covariances (default: data/gaussian_fit, else built-in)",
  ),
  priorFor: list(pair),
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
