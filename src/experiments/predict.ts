/**
 * Prediction: what trained networks, on their own or as an ensemble, take pictures for.
 *
 * @module
 */
import { composed } from "../data/entries.ts";
import { listClasses } from "../data/folder.ts";
import { AUTHORS_CHANNELS } from "../data/channel_statistics.ts";
import { findPictures, readPictures } from "../data/pictures.ts";
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { evenTile } from "../gpu/shader.ts";
import { readJson } from "../io/files.ts";
import { nameWeights } from "../io/stored_network.ts";
import type { NdArray } from "../io/npy.ts";
import { readNetwork } from "../io/read_keras.ts";
import { buildNetwork, headOf, type NetworkDesign, type Phase } from "../nn/design.ts";
import { createLayout, joinParameters } from "../nn/layout.ts";
import { checkModel, type Model } from "../nn/model.ts";
import { PAPER } from "../nn/paper_network.ts";
import { findSummaries, findWeights } from "../runs/find_run.ts";
import { EVALUATION_BATCH } from "../training/evaluate.ts";
import { uploadImages } from "../training/examples.ts";
import { trialsAtOnce } from "../training/memory.ts";
import { predict } from "../training/predict.ts";
import type { Happening } from "./events.ts";

/** Which networks look at which pictures. */
export interface PredictOptions {
  /** A file that Keras or phase 2 wrote, the folder of a trial, or of several, which are averaged. */
  weights: string;
  /** PNG or JPEG files, and folders of them, whatever lies in and below. */
  images: readonly string[];
  /** Class names, in the order of the outputs; needed for weights without a summary.json. */
  classes?: readonly string[];
  /** A data folder to take the class names from instead, sorted as training sorts them. */
  dataDir?: string;
  /** Follow symbolic links below the folders that are named; default false: they are reported. */
  followLinks?: boolean;
  /** The network, for weights without a summary.json; default the paper's. */
  network?: NetworkDesign;
  /** Side of the square images in pixels, for weights without a summary.json; default the network's. */
  size?: number;
  /** GPU memory that they may take, in GiB; default: see `trialsAtOnce`. */
  memory?: number;
}

/** What is known before the first picture is read. */
export interface PredictEvent extends Happening<"networks"> {
  /** The weights files. */
  weights: string[];
  /** Where the model was read; null: the paper's network and the authors' channel means. */
  summary: string | null;
  /** What the summary says of the networks. */
  model: Model;
  /** What the weights files do not say and was guessed, one sentence each. */
  doubts: string[];
}

/** What predicting gave. */
export interface Predictions {
  /** The weights files whose probabilities were averaged. */
  weights: string[];
  /** Class names; their places are those of the probabilities. */
  classes: string[];
  /** The pictures that could be read, in their order. */
  images: { image: string; probabilities: number[] }[];
  /** The pictures that could not be read. */
  unread: { image: string; reason: string }[];
}

/** Pictures in memory at once take no more bytes than this, and are no more than so many. */
const AT_ONCE = { bytes: 64 * 2 ** 20, pictures: 1000 };

/**
 * Predicts the classes of pictures, any number of them; those that cannot be read are reported and do
 * not keep the others.
 *
 * @throws {Error} When the networks cannot be read, options and networks disagree, or not even one of
 *   them fits on the adapter.
 */
export async function predictImages(
  gpu: Gpu,
  options: PredictOptions,
  on: (event: PredictEvent) => void = () => {},
): Promise<Predictions> {
  const { weights, summary, model, doubts, trials } = await readNetworks(options);
  on({ kind: "networks", weights, summary, model, doubts });
  const { network, classes, normalization } = model;
  const [height, width] = network.input;
  const stride = 4 * height * width;
  const { paths, faults } = await findPictures(options.images, options);
  const room = Math.max(1, Math.min(AT_ONCE.pictures, Math.floor(AT_ONCE.bytes / stride)));
  const most = Math.min(room, Math.max(1, paths.length));
  const { memory } = options;
  const evaluated = Math.min(most, EVALUATION_BATCH); // the last part may fill a batch better
  const atOnce = await trialsAtOnce(gpu, { network, memory, images: most, evaluated });
  const group = evenTile(trials.length, atOnce);
  const unread = faults.map(({ path, error }) => ({ image: path, reason: error.message }));
  const images: Predictions["images"] = [];
  const pixels = new Uint8Array(most * stride);
  let waiting: string[] = [];
  const flush = async () => {
    const count = waiting.length;
    if (count === 0) return;
    const sums = new Float64Array(count * classes.length);
    await gpu.scope(async (gpu) => {
      const labels = new Int32Array(count);
      const read = { pixels: pixels.subarray(0, count * stride), labels, height, width };
      const bank = uploadImages(gpu, read);
      for (let first = 0; first < trials.length; first += group) {
        const some = trials.slice(first, first + group);
        const all = { network, normalization, examples: { bank }, trials: some };
        for (const probabilities of await predict(gpu, all)) {
          probabilities.forEach((probability, i) => sums[i] += probability);
        }
      }
    });
    for (const [i, image] of waiting.entries()) {
      const row = sums.subarray(i * classes.length, (i + 1) * classes.length);
      images.push({ image, probabilities: Array.from(row, (sum) => sum / trials.length) });
    }
    waiting = [];
  };
  for await (const picture of readPictures(paths, { height, width })) {
    if ("error" in picture) {
      unread.push({ image: picture.path, reason: picture.error.message });
      continue;
    }
    pixels.set(picture.pixels, waiting.length * stride);
    if (waiting.push(picture.path) === most) await flush();
  }
  await flush();
  return { weights, classes, images, unread };
}

/** The networks that a user names: their files, what they are, and (ROW) each. */
async function readNetworks(options: PredictOptions) {
  const weights = await findWeights(options.weights);
  const first = await readNetwork(weights[0]);
  const named = nameWeights(first);
  const found = await findModel(weights[0]);
  if (found) await checkOptions(found, options, named);
  const model = found?.model ?? await inferModel(weights[0], named, options);
  const layout = createLayout(model.network);
  const trials: Float32Array[] = [], doubts = new Set<string>();
  for (const [i, file] of weights.entries()) {
    const network = i === 0 ? first : await readNetwork(file);
    trials.push(joinParameters(layout, nameWeights(network), file));
    for (const doubt of network.doubts) doubts.add(doubt);
  }
  return { weights, summary: found?.file ?? null, model, doubts: [...doubts], trials };
}

/** The model in the nearest summary.json that holds one. */
async function findModel(weights: string): Promise<{ file: string; model: Model } | undefined> {
  for (const file of await findSummaries(weights)) {
    const summary = await readJson<{ model?: unknown } | null>(file);
    if (summary?.model !== undefined) return { file, model: checkModel(summary.model, file) };
  }
}

/** What a summary says cannot be changed: options may repeat it. */
async function checkOptions(
  { file, model: { classes, network } }: { file: string; model: Model },
  options: PredictOptions,
  weights: Weights,
): Promise<void> {
  const { size, network: design } = options;
  const asThere = (names: readonly string[]) =>
    names.join("\n") === classes.map(composed).join("\n");
  const given = await namedClasses(options, likelyPhases(weights), asThere);
  if (given && !asThere(given)) {
    throw new Failure(
      "usage",
      `Cannot name the classes ${given.join(", ")}: in ${file} they are ${classes.join(", ")}; ` +
        `leave --classes and --data-dir out`,
    );
  }
  const [height, width] = network.input;
  if (size !== undefined && (size !== height || size !== width)) {
    throw new Failure(
      "usage",
      `Cannot predict with images of ${size}×${size}: in ${file} they are ${height}×${width}; ` +
        `leave --size out`,
    );
  }
  if (design && JSON.stringify(design.blocks) !== JSON.stringify(network.blocks)) {
    const text = `Cannot use another network than that in ${file}; leave --network out`;
    throw new Failure("usage", text);
  }
}

type Weights = Map<string, NdArray>;

const denseKernels = (weights: Weights) =>
  [...weights].filter(([name]) => /^dense_\d+\.kernel$/.test(name)).map(([, kernel]) => kernel);

/** Both phases, first the one whose network in the paper has as many dense layers: 2, or 1 in phase 2. */
const likelyPhases = (weights: Weights): Phase[] =>
  denseKernels(weights).length > 1 ? ["phase1", "phase2"] : ["phase2", "phase1"];

/**
 * The class names as given, or those of the first folder of these phases that fits; where none fits, of
 * the first that is there.
 */
async function namedClasses(
  { classes, dataDir, followLinks }: PredictOptions,
  phases: readonly Phase[],
  fits: (classes: readonly string[]) => boolean,
): Promise<readonly string[] | undefined> {
  if (classes !== undefined || dataDir === undefined) return classes?.map(composed);
  const found: string[][] = [];
  for (const phase of phases) {
    for (const inside of phase === "phase1" ? ["phase1"] : ["phase2/train", "train"]) {
      const names = await listClasses(`${dataDir}/${inside}`, { followLinks }).catch(() => []);
      if (names.length > 0) found.push(names);
    }
  }
  return found.find(fits) ?? found[0] ?? await listClasses(dataDir, { followLinks });
}

/** The network of the options, or the paper's, as these weights have it. */
async function inferModel(file: string, weights: Weights, options: PredictOptions): Promise<Model> {
  const { network: design = PAPER, size = design.input } = options;
  const kernels = denseKernels(weights), outputs = kernels[kernels.length - 1]?.shape[1];
  const layers = (phase: Phase) => headOf(design, phase).dense.length + 1;
  const phases = likelyPhases(weights).filter((phase) => layers(phase) === kernels.length);
  if (phases.length === 0) {
    const whose = design === PAPER ? "the paper's" : "the given network's";
    const [first, second] = [layers("phase1"), layers("phase2")];
    throw new Failure(
      "input",
      `Cannot tell the network of ${file}: it has ${kernels.length} dense layers, ${whose} have ` +
        `${first} (phase 1) or ${second} (phase 2), and there is no summary.json with its model; ` +
        `give --network`,
    );
  }
  const classes = await namedClasses(options, phases, ({ length }) => length === outputs);
  if (!classes) {
    throw new Failure(
      "usage",
      `Cannot name the classes of ${file}: there is no summary.json with its model beside it or up ` +
        `to two folders above; give --classes=first,second,… or --data-dir`,
    );
  }
  if (outputs !== classes.length) {
    throw new Failure(
      "usage",
      `Cannot name the ${outputs} classes of ${file}: ${classes.length} names were given ` +
        `(${classes.join(", ")})`,
    );
  }
  // Where both phases have as many dense layers, the widths of the hidden ones may tell.
  const wide = (phase: Phase) =>
    headOf(design, phase).dense.every((width, i) => kernels[i].shape[1] === width);
  const phase = phases.find(wide) ?? phases[0];
  const network = buildNetwork(design, phase, outputs, size);
  const [{ inputs }] = createLayout(network).denses;
  if (inputs !== kernels[0].shape[0]) {
    const [taken] = kernels[0].shape;
    throw new Failure(
      "usage",
      `Cannot use ${file} for images of ${size}×${size}: its first dense layer takes ` +
        `${taken} values, and they give ${inputs}; give the --size of its training, or its --network`,
    );
  }
  return { network, classes: [...classes], normalization: AUTHORS_CHANNELS };
}
