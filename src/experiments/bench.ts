/**
 * How fast this adapter trains and evaluates a network, and which shader takes the time.
 *
 * @module
 */
import { AUTHORS_CHANNELS } from "../data/channel_statistics.ts";
import { compileTogether } from "../gpu/compile.ts";
import type { Gpu } from "../gpu/device.ts";
import { type Plan, planOf } from "../gpu/plan.ts";
import { evenTile, type Step, submit } from "../gpu/shader.ts";
import { type Effort, hasTimestamps, timeRuns, timestampSteps } from "../gpu/timing.ts";
import { augment, createImages } from "../nn/augment.ts";
import { buildNetwork, type NetworkDesign } from "../nn/design.ts";
import { countMultiplyAdds, createLayout } from "../nn/layout.ts";
import { PAPER } from "../nn/paper_network.ts";
import { createRandom } from "../random.ts";
import { bindTraining, type Training } from "../training/bind.ts";
import { COPIES } from "../training/evaluate.ts";
import { uploadImages } from "../training/examples.ts";
import { trialsAtOnce } from "../training/memory.ts";
import { denseL2Of, lambdaOf } from "./penalty.ts";

/** Networks side by side × images a step. */
export interface BenchSize {
  /** Networks. */
  trials: number;
  /** Images a step of each network. */
  batch: number;
  /** Side of the square images in pixels; default the network's, 200 of the paper's. */
  size?: number;
}

/** One measured rate. */
export interface BenchCase extends BenchSize {
  /** A training step with augmentation and Adam, or evaluation. */
  mode: "train" | "eval";
  /** Networks that the adapter held at once; the others would follow in further groups. */
  sideBySide: number;
  /** Images of all networks together per second, median over the runs. */
  imagesPerSecond: number;
  /** Images per second where they lie warped already, as they do in evaluation. */
  readyImagesPerSecond: number;
  /** Milliseconds of one step of the networks side by side, median over the runs. */
  msPerStep: number;
  /** Multiply-adds of the dense computation ×2 per second, in 10⁹; sparse passes count as dense. */
  gflops: number;
}

/** What a dispatch of a training step does, and how long that takes. */
export interface ShaderTime extends Plan {
  /** Milliseconds a step, in its place by the GPU's clock; alone where it has none. */
  ms: number;
}

/**
 * Measures training and evaluation of a phase 1 network of 20 classes at one size.
 *
 * @param at Networks, images a step, and their size.
 * @param network Default the paper's.
 * @param memory GiB of GPU memory that they may take, see `trialsAtOnce`.
 * @param shaders Also time each shader of the training step.
 */
export async function bench(
  gpu: Gpu,
  { trials, batch, size }: BenchSize,
  { network: design = PAPER, shaders = false, memory, effort = { runs: 5, ms: 200 } }: {
    network?: NetworkDesign;
    shaders?: boolean;
    memory?: number;
    effort?: Effort;
  } = {},
): Promise<{ cases: BenchCase[]; shaders: ShaderTime[] }> {
  const network = buildNetwork(design, "phase1", 20, size), [side] = network.input;
  const layout = createLayout(network);
  const seen = { images: batch, evaluated: COPIES * batch, training: { batch, examples: batch } };
  const sideBySide = evenTile(trials, await trialsAtOnce(gpu, { network, memory, ...seen }));
  return await gpu.scope(async (gpu) => {
    const options = {
      network,
      batch,
      normalization: AUTHORS_CHANNELS,
      seeds: Array.from({ length: sideBySide }, (_, trial) => trial),
      ...benchExamples(gpu, batch, side),
      epochs: 100_000, // there are learning rates for more steps than will be run
      regularizer: { lambda: lambdaOf(1), denseL2: denseL2Of(layout, 0) },
    };
    const training = await compileTogether(gpu, (gpu) => bindTraining(gpu, options));
    training.shuffle();
    const { step, validation } = training;
    for (const steps of validation.prepare) submit(gpu, steps);
    const macs = countMultiplyAdds(layout);
    const figure = async (mode: "train" | "eval", batches: Step[][], images: number) => {
      const ms = await timeSteps(gpu, batches.flat(), effort);
      const rate = (ms: number) => sideBySide * images / ms * 1000;
      const readyMs = mode === "train"
        ? await timeSteps(gpu, await bindReady(gpu, training), effort)
        : ms;
      const macsPerImage = mode === "train" ? macs.train : macs.forward;
      return {
        mode,
        trials,
        batch,
        sideBySide,
        imagesPerSecond: rate(ms),
        readyImagesPerSecond: rate(readyMs),
        msPerStep: ms / batches.length,
        gflops: 2 * macsPerImage * rate(ms) / 1e9,
      };
    };
    const cases = [
      await figure("train", [step], batch),
      await figure("eval", validation.batches, validation.count),
    ];
    return { cases, shaders: shaders ? await timeShaders(gpu, step, effort) : [] };
  });
}

/** Noise on which no shader can save work, one batch of it to train on and one to evaluate. */
function benchExamples(gpu: Gpu, batch: number, size: number) {
  const random = createRandom(0);
  const pixels = new Uint8Array(batch * size * size * 4).map(() => random.integer(256));
  const labels = Int32Array.from({ length: batch }, (_, image) => image % 20);
  const bank = uploadImages(gpu, { pixels, labels, height: size, width: size });
  return { train: { bank }, valid: { bank } };
}

/** A training's step on a batch that lies warped already. */
async function bindReady(gpu: Gpu, { layout, images, stepOn, parameters }: Training) {
  const [{ x: map }] = layout.convs, [trials] = parameters.shape;
  const x = createImages(gpu, "ready x", map, trials, images.batch);
  submit(gpu, await augment(gpu, map, images, x));
  return await stepOn(x);
}

/** Times each step in its place by the GPU's own clock, or alone where it has none. */
async function timeShaders(gpu: Gpu, steps: Step[], effort: Effort): Promise<ShaderTime[]> {
  const samples: number[][] = [];
  if (hasTimestamps(gpu)) {
    for (let i = 0; i < effort.runs; i++) samples.push(await timestampSteps(gpu, steps));
  } else {
    const quarter = { ...effort, ms: effort.ms / 4 };
    samples.push([]);
    for (const step of steps) { // the clock of the training must not run on
      samples[0].push(step.label === "tick" ? 0 : await timeSteps(gpu, [step], quarter));
    }
  }
  return steps.map((step, i) => {
    const sorted = samples.map((times) => times[i]).sort((a, b) => a - b);
    return { ...planOf(step), ms: sorted[Math.floor(sorted.length / 2)] };
  }).sort((a, b) => b.ms - a.ms);
}

const timeSteps = (gpu: Gpu, steps: Step[], effort: Effort): Promise<number> =>
  timeRuns(gpu, () => submit(gpu, steps), effort);
