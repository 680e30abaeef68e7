/**
 * How fast this adapter trains and evaluates the paper's network, and which shader takes the time.
 *
 * @module
 */
import { AUTHORS_CHANNELS } from "./data/normalize.ts";
import type { Gpu } from "./gpu/device.ts";
import { evenTile, type Step, submit } from "./gpu/shader.ts";
import { phase1Network } from "./nn/cnn.ts";
import { countMultiplyAdds, createLayout } from "./nn/layout.ts";
import { createRandom } from "./random.ts";
import { uploadImages } from "./training/examples.ts";
import { trialsAtOnce } from "./training/memory.ts";
import { bindTraining } from "./training/train.ts";

/** Networks side by side × images a step. */
export interface BenchSize {
  /** Networks. */
  trials: number;
  /** Images a step of each network. */
  batch: number;
}

/** One measured rate. */
export interface BenchCase extends BenchSize {
  /** A training step with augmentation and Adam, or evaluation. */
  mode: "train" | "eval";
  /** Networks that the adapter held at once; the others would follow in further groups. */
  sideBySide: number;
  /** Images of all networks together per second, median over the runs. */
  imagesPerSecond: number;
  /** Milliseconds of one step of the networks side by side, median over the runs. */
  msPerStep: number;
  /** Multiply-adds of the dense computation ×2 per second, in 10⁹; sparse passes count as dense. */
  gflops: number;
}

/** One shader's share of a training step; shaders that run more than once are added up. */
export interface ShaderTime {
  /** The shader's name. */
  shader: string;
  /** Milliseconds a step, each dispatch timed alone. */
  ms: number;
}

/** How a figure is measured: the median of `runs` runs, each at least `ms` milliseconds long. */
export interface Effort {
  /** An odd number; default 5. */
  runs: number;
  /** Long against the wait at a run's end (11 ms where measured), which is taken off; default 200. */
  ms: number;
}

/**
 * Measures training and evaluation of the paper's phase 1 network at one size.
 *
 * @param size Networks and images a step.
 * @param shaders Also time each shader of the training step alone, with a quarter of the effort.
 */
export async function bench(
  gpu: Gpu,
  { trials, batch }: BenchSize,
  { shaders = false, effort = { runs: 5, ms: 200 } }: { shaders?: boolean; effort?: Effort } = {},
): Promise<{ cases: BenchCase[]; shaders: ShaderTime[] }> {
  const network = phase1Network(20);
  const layout = createLayout(network);
  const sideBySide = evenTile(trials, trialsAtOnce(gpu, network, batch));
  return await gpu.scope(async (gpu) => {
    const training = await bindTraining(gpu, {
      ...{ network, batch, normalization: AUTHORS_CHANNELS },
      seeds: Array.from({ length: sideBySide }, (_, trial) => trial),
      ...benchExamples(gpu, batch),
      epochs: 100_000, // learning rates for more steps than will be run
      regularizer: { lambda: 0.05, denseL2: [0.01, 0] },
    });
    training.shuffle();
    const { step, validation } = training;
    const macs = countMultiplyAdds(layout);
    const figure = async (mode: "train" | "eval", steps: Step[], images: number) => {
      const msPerStep = await timeSteps(gpu, steps, effort);
      const imagesPerSecond = sideBySide * images / msPerStep * 1000;
      const macsPerImage = mode === "train" ? macs.train : macs.forward;
      const gflops = 2 * macsPerImage * imagesPerSecond / 1e9;
      return { mode, trials, batch, sideBySide, imagesPerSecond, msPerStep, gflops };
    };
    const cases = [
      await figure("train", step, batch),
      await figure("eval", validation.batches.flat(), validation.count),
    ];
    const quarter = { runs: effort.runs, ms: effort.ms / 4 };
    return { cases, shaders: shaders ? await timeShaders(gpu, step, quarter) : [] };
  });
}

/** Noise on which no shader can save work, one batch of it to train on and one to evaluate. */
function benchExamples(gpu: Gpu, batch: number) {
  const random = createRandom(0);
  const [height, width] = [200, 200];
  const pixels = new Uint8Array(batch * height * width * 4).map(() => random.integer(256));
  const labels = Int32Array.from({ length: batch }, (_, image) => image % 20);
  const bank = uploadImages(gpu, { pixels, labels, height, width });
  return { train: { bank }, valid: { bank } };
}

/** Median milliseconds of a step list, after a warm-up. */
async function timeSteps(gpu: Gpu, steps: Step[], { runs, ms }: Effort): Promise<number> {
  const run = async (count: number) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) submit(gpu, steps);
    await gpu.device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await run(1);
  const wait = await run(0);
  const once = Math.max(await run(1) - wait, 0.01);
  const count = Math.ceil(ms / once);
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push(Math.max(await run(count) - wait, 0) / count);
  gpu.check();
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)];
}

async function timeShaders(gpu: Gpu, steps: Step[], effort: Effort): Promise<ShaderTime[]> {
  const times = new Map<string, number>();
  for (const step of steps) {
    if (step.label === "tick") continue; // the clock must not run on
    times.set(step.label, (times.get(step.label) ?? 0) + await timeSteps(gpu, [step], effort));
  }
  return [...times].map(([shader, ms]) => ({ shader, ms })).sort((a, b) => b.ms - a.ms);
}
