/**
 * The options that several tasks have; a task's own stand in its file (phase 1's in train_phase1).
 *
 * @module
 */
import { EPOCHS, NEW_CLASSES_BATCH } from "../src/experiments/training_defaults.ts";
import { network, size } from "./network.ts";
import {
  choice,
  flag,
  list,
  nonNegativeInteger,
  nonNegativeNumber,
  type Option,
  path,
  positiveInteger,
  renamed,
  text,
} from "./option_kinds.ts";

/** What a task that trains does where results stand already. */
export const whereResultsStand = {
  overwrite: flag("--overwrite", "replace earlier results, once the new ones are there"),
  resume: flag("--resume", "keep the finished trials of an earlier run, train the others"),
  wait: {
    ...nonNegativeInteger("--wait", "how long to wait for trials that another process trains", 0, {
      most: 1_000_000,
    }),
    value: "seconds",
  },
};

/** Whether class folders and images may be links. */
export const followLinks = flag("--follow-links", "read what symbolic links lead to, too");

/** How a task that trains reads its images. */
export const imageOptions = {
  normalize: choice(
    "--normalize",
    "z-score by the authors' channel means, or by those of the training images",
    ["authors", "data"],
    "authors",
  ),
  fb: flag("--fb", "show each image, each time, in two random colours: foreground, background"),
  skipBad: flag("--skip-bad", "go on without the images that cannot be read"),
  followLinks,
};

/** What networks may take on the GPU. */
export const memory: Option<number | undefined> = {
  ...nonNegativeNumber(
    "--memory",
    "GPU memory to use, in GiB (default 4; 1.5 on a CPU adapter, a few networks at a time)",
  ),
  value: "GiB",
};

/** Which adapter it must be: WebGPU chooses one, and falls to the CPU where a GPU's driver is missing. */
export const adapter: Option<string | undefined> = text(
  "--adapter",
  "refuse, with exit code 3, any adapter whose name does not hold this",
  "name",
);

/** What shaders are cut to, where it shall not be what the adapter is. */
export const tunedFor: Option<"gpu" | "cpu" | undefined> = choice(
  "--tuned-for",
  "cut the shaders to a GPU or a CPU adapter (default: what the adapter is)",
  ["gpu", "cpu"],
);

/** The switch of every task that trains. */
export const quiet = flag("--quiet", "print results and warnings only");

/** Passes over the training images. */
export const epochs = (fallback: number) =>
  positiveInteger("--epochs", "passes over the training images", fallback, { most: 1_000_000 });

/** How many networks. */
export const trials = (help: string, fallback: number) =>
  positiveInteger("--trials", help, fallback, { most: 10_000 });

/** Where a part of an experiment begins. */
export const firstTrial = nonNegativeInteger(
  "--first-trial",
  "number of the first trial, to train one experiment in parts",
);

/** Where the images lie; `holds` is what the folder must hold. */
export const dataDir = (holds: string) =>
  path("--data-dir", `folder that holds ${holds} (default data/silhouettes, else built-in)`);

/** The number that decides chance. */
export const seed = (help: string) => nonNegativeInteger("--seed", `the experiment; ${help}`, 0);

/** Images a step. */
export const batch = <D extends number | undefined>(note: string, fallback: D) =>
  positiveInteger("--batch", `images a step${note}`, fallback, { most: 65_535 });

/** Mirroring, which is on unless it is switched off. */
const flip: Option<boolean> = {
  flag: "--no-flip",
  help: "mirror no image",
  fallback: true,
  parse: (text) => text === "true",
};

/** How training images, and the copies that are evaluated, are transformed. */
const augmentationOptions = {
  rotate: nonNegativeNumber("--rotate", "degrees by which images are turned at most (default 30)"),
  shift: nonNegativeInteger(
    "--shift",
    "pixels by which they are shifted at most (default 19 of 200, and in proportion)",
  ),
  flip,
};

/** The network, what its images are made of, and what they may take. */
export const machineOptions = {
  ...{ network, size },
  ...imageOptions,
  ...augmentationOptions,
  ...{ memory, adapter },
};

/** What the last lines of the help page say. */
export const runOptions = { ...whereResultsStand, quiet };

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

/** Of phase 2 and the grid: what new classes are learned from, and how. */
export const newClassesOptions = {
  firstTrial: renamed(firstTrial, "--first-seed"),
  dataDir: dataDir("phase2/{train,valid,test}"),
  covDir: path(
    "--cov-dir",
    "where `deno task fit` wrote the covariances (default: data/gaussian_fit, else built-in)",
  ),
  priorFor: list(pair),
  epochs: epochs(EPOCHS),
  seed: seed("its trials are the same in both modes"),
  batch: batch("", NEW_CLASSES_BATCH),
  denseL2: nonNegativeNumber(
    "--dense-l2",
    "λ of L2 on the last layer (default 0 for l2, 0.01 for sk, as published)",
  ),
  ...machineOptions,
  ...runOptions,
};
