/**
 * What a training needs on the GPU, computed before anything is made there.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { onPaper } from "../gpu/on_paper.ts";
import { blocksAtMost, createSheet, type Sheet } from "../gpu/sheet.ts";
import { sizeOf, type Tensor } from "../gpu/tensor.ts";
import { createLayout, type NetworkSpec } from "../nn/layout.ts";
import { bindTraining } from "./bind.ts";
import { bindEvaluation } from "./evaluate.ts";

/**
 * What trials may take side by side, with all that they share: on a GPU a small part of any modern card,
 * on an adapter that computes on the CPU a part of the machine's memory. WebGPU tells neither size.
 */
const GIBIBYTES = { gpu: 4, software: 1.5 };

/**
 * GiB that several trials take, beside what they share, where no memory is given: on a CPU a few at a
 * time are as fast as all.
 */
const ENOUGH = { gpu: Infinity, software: 0.17 };

/** What trials work on. */
export interface Workload {
  /** The network of each. */
  network: NetworkSpec;
  /** Images that lie on the GPU, of all parts together. */
  images: number;
  /** Images of an evaluation, copies included. */
  evaluated: number;
  /** Images a step of each trial and training images; without them the trials are only evaluated. */
  training?: { batch: number; examples: number };
  /**
   * GiB that all of it may take; default 4, or 1.5 on an adapter that computes on the CPU, where few trials
   * then train at a time.
   */
  memory?: number;
}

/** What has to fit, in the pieces that WebGPU is asked for. */
export interface Memory {
  /** Bytes that all trials share: the images, and the warped ones that are evaluated. */
  shared: number;
  /** Bytes that each trial adds. */
  trial: number;
  /** Each tensor and sheet as one trial makes it, the images apart, and by what factor two need more. */
  pieces: { made: Tensor | Sheet; growth: number }[];
}

/** Binds the work of one trial and of two on paper, and tells what they take. */
export async function foresee(gpu: Gpu, work: Workload): Promise<Memory> {
  const [one, two] = [await bindOnPaper(gpu, work, 1), await bindOnPaper(gpu, work, 2)];
  const sum = (made: readonly (Tensor | Sheet)[]) =>
    made.reduce((total, piece) => total + bytesOf(piece), 0);
  const trial = sum(two) - sum(one), [height, width] = work.network.input;
  return {
    trial,
    shared: sum(one) - trial + 4 * work.images * height * width,
    pieces: one.map((made, i) => ({ made, growth: bytesOf(two[i]) / bytesOf(made) })),
  };
}

/** What so many trials make on the GPU, the images apart, in an order that is always the same. */
async function bindOnPaper(
  gpu: Gpu,
  { network, images, evaluated, training }: Workload,
  trials: number,
): Promise<readonly (Tensor | Sheet)[]> {
  const paper = onPaper(gpu), [height, width] = network.input;
  const pixels = [createSheet(onPaper(gpu), "images", [images, height, width], "r32uint")];
  const bank = { pixels, labels: new Int32Array(images), height, width };
  const shown = (count: number) => ({ bank, indices: Array<number>(count).fill(0) });
  const normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
  const seen = { network, normalization, copies: 0 };
  if (training) {
    await bindTraining(paper, {
      ...seen,
      seeds: Array.from({ length: trials }, (_, trial) => trial),
      epochs: 1,
      batch: training.batch,
      regularizer: { lambda: 1, denseL2: network.dense.map(() => 1) },
      train: shown(training.examples),
      valid: shown(evaluated),
    });
  } else {
    const rows = Array(trials).fill(new Float32Array(createLayout(network).row));
    await bindEvaluation(paper, { ...seen, trials: rows, examples: shown(evaluated) });
  }
  return paper.paper;
}

/** Bytes of a tensor or a sheet. */
const bytesOf = (made: Tensor | Sheet): number =>
  sizeOf(made.shape) * ("view" in made && made.format !== "r32uint" ? 16 : 4);

/**
 * How many trials the adapter takes side by side: with what they share they keep to the budget, no tensor
 * exceeds its largest binding, and no sheet its largest texture.
 *
 * @throws {Failure} "gpu" when not even one fits, with what is needed and what is allowed.
 */
export async function trialsAtOnce(gpu: Gpu, work: Workload): Promise<number> {
  const kind = gpu.adapter.software ? "software" : "gpu";
  const { training, memory = GIBIBYTES[kind] } = work;
  const refuse = (why: string, remedies: string[]) => {
    if (training) {
      remedies.unshift(`use smaller images${training.batch > 1 ? " or smaller batches" : ""}`);
    }
    const [height, width] = work.network.input;
    const what = `${training ? "train on" : "evaluate"} images of ${height}×${width}` +
      (training ? ` in batches of ${training.batch}` : "");
    return new Failure("gpu", `Cannot ${what}: ${why}; ${remedies.join(", or ")}`);
  };
  const other = "use another adapter";

  const budget = memory * 2 ** 30, parameters = 4 * createLayout(work.network).row;
  if (parameters > budget) { // on paper they are drawn: any number would take the machine's memory
    const allowed = `${gibibytes(budget)} are allowed`;
    throw refuse(
      `a network's parameters alone take ${gibibytes(parameters)}, but ${allowed}`,
      ["give it fewer filters, larger pools or narrower dense layers"],
    );
  }
  const { shared, trial, pieces } = await foresee(gpu, work);
  if (shared + trial > budget) {
    const needed = Math.ceil((shared + trial) / 2 ** 30 * 10) / 10;
    throw refuse(
      `a network takes ${gibibytes(trial)} of GPU memory and its images ` +
        `${gibibytes(shared)}, but ${gibibytes(budget)} are allowed`,
      [`allow more with --memory=${needed}`],
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize, maxTextureDimension2D } = gpu.device.limits;
  const binding = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const side = maxTextureDimension2D;
  const enough = work.memory === undefined ? ENOUGH[kind] * 2 ** 30 : Infinity;
  let most = Math.max(1, Math.floor(Math.min(budget - shared, enough) / trial));
  for (const { made, growth } of pieces) {
    // How often as much as one trial needs fits, and so how many trials do.
    const fits = "view" in made ? textureFits(gpu, made) : binding / bytesOf(made);
    if (fits < 1) {
      const need = gibibytes(bytesOf(made));
      const why = "view" in made
        ? `its ${made.label} exceeds the adapter's textures of ${side}×${side} texels, or the bytes that ` +
          "one may take"
        : `its ${made.label} needs ${need} in one piece, but the adapter's buffers end at ` +
          gibibytes(binding);
      throw refuse(why, [other]);
    }
    if (growth > 1) most = Math.min(most, 1 + Math.floor((fits - 1) / (growth - 1)));
  }
  return most;
}

/** How often the blocks of a sheet fit the adapter's largest. */
function textureFits(gpu: Gpu, { shape }: Sheet): number {
  const [height, width] = shape.slice(-2);
  return blocksAtMost(gpu, height, width) / sizeOf(shape.slice(0, -2));
}

/** GiB to three digits. */
const gibibytes = (bytes: number) => `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
