/**
 * Small result folders made by hand, as the tasks write them: what the tests of the report read.
 *
 * @module
 */
import { lambdaOf } from "../../src/experiments/penalty.ts";
import { encodePng } from "../../src/report/png.ts";
import { writeFolder } from "./folders.ts";

/** A class whose name would break a page that does not escape it. */
export const HOSTILE = `<img src="https://example.com/x.png">&'`;

/** The classes of phase 2. */
export const CLASSES = ["bat", "cup", HOSTILE];

const network = {
  input: [40, 40, 3],
  blocks: [{ kernel: 5, filters: 5, stride: 2, pool: 3, poolStride: 3 }],
  dense: [3],
  dropout: [0.5],
};
const normalization = { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] };
const model = { network, classes: CLASSES, normalization };
const learning = { compiling: 2, training: 700, validation: 90, testing: 3 };
const time = { reading: 0.4, uploading: 0.1, ...learning, saving: 0.2, other: 1 };
const training = { adapter: "llvmpipe", epochs: 20, batch: 8, seconds: 796.7, time, model };
const settings = { seed: 0, size: 40, normalize: "authors" };
const metrics = (ce: number, accuracy: number) => ({ loss: ce + 0.1, ce, accuracy });
/** What all summaries say of a trial first. */
const trialOf = (trial: number, firstSeed: number, bestEpoch: number) => (
  { folder: `trial00${trial}`, trial, seed: firstSeed + trial, bestEpoch }
);
/** A penalty of the grid, and figures of its trials. */
const cellOf = (mode: "l2" | "sk", alpha: number, ce: number, accuracy: number) => {
  const spread = (mean: number) => ({ mean, standardError: 0.02 });
  return { mode, alpha, lambda: lambdaOf(alpha), ce: spread(ce), accuracy: spread(accuracy) };
};

/** config.json of a task. */
export function config(task: string, options: Record<string, unknown>, minute = 0) {
  return {
    task,
    command: `deno task ${task} ${
      Object.entries(options).map(([name, value]) => `--${name}=${value}`).join(" ")
    }`,
    started: `2026-03-01T14:${String(minute).padStart(2, "0")}:00.000Z`,
    seed: 0,
    adapter: "llvmpipe",
    options,
    settings,
    versions: { skreg: "0.2.0", deno: "2.9.6" },
  };
}

/** A picture of that size with a frame, as SVG. */
export function svg(title: string, width = 960, height = 340): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}"><rect x="1" y="1" width="${width - 2}" height="${
      height - 2
    }" ` +
    `fill="#eef" stroke="#000"/><text x="20" y="40">${title}</text></svg>\n`;
}

/** A PNG of one grey. */
export function png(width: number, height: number, grey: number): Uint8Array<ArrayBuffer> {
  return encodePng({ width, height, rgba: new Uint8Array(width * height * 4).fill(grey) });
}

/** Phase 1 with 3 trials. */
export function phase1Files(): Record<string, unknown> {
  const trials = [0, 1, 2].map((trial) => ({
    ...trialOf(trial, 100, 17 + trial),
    train: metrics(0.9, 0.7),
    valid: metrics(0.8 + trial / 10, 0.75),
  }));
  return {
    "config.json": config("phase1", { dataDir: "data/silhouettes", trials: 3, epochs: 20 }),
    "summary.json": { ...training, imagesPerSecond: 700, trials, settings },
    "curves.svg": svg("curves"),
    "augmented.png": png(832, 420, 200),
  };
}

/** A fit of one layer, with a warning. */
export function fitFiles(): Record<string, unknown> {
  const size = { name: "conv1", rank: 3, samples: 15, dimensions: 75 };
  const logLikelihood = { independent: 100.25, correlated: 120.5 };
  const validation = { tikhonov: [1e-3], logLikelihood: [1] };
  const layer = { ...size, tikhonov: 1.2e-3, logLikelihood, validation };
  return {
    "config.json": config("fit", { kernelDir: "data/kernel_dataset" }, 20),
    "summary.json": { layers: [layer], warnings: ["conv1: <b>few</b> kernels"] },
    "conv1_kernels.svg": svg("kernels", 900, 400),
    "conv1_covariance.svg": svg("covariance", 860, 380),
    "conv1_tikhonov.svg": svg("tikhonov", 544, 400),
  };
}

/** The test figures of a mode: four seeds. */
const TESTED = {
  l2: { alpha: 4.29, ces: [1.9, 2.1, 2.0, 2.2], accuracies: [0.5, 0.4, 0.45, 0.5] },
  sk: { alpha: 2.57, ces: [1.7, 1.8, 1.9, 2.0], accuracies: [0.55, 0.5, 0.5, 0.5] },
};

/** predictions.csv: L2 gets image 0 right alone, SK-reg image 1, both 2 and, by a tie, none 3. */
export function predictions(mode: "l2" | "sk", images: readonly string[], folder = "trial000") {
  const [bat, cup, third] = CLASSES;
  const [right, wrong] = mode === "l2" ? [0, 1] : [1, 0];
  const votes: Record<number, string[]> = {
    [right]: [bat, bat, bat, cup, bat],
    [wrong]: [cup, cup, bat, cup, third],
    2: [cup, cup, cup, cup, cup],
    3: [bat, bat, cup, cup, third],
  };
  const labels = [bat, bat, cup, bat];
  return images.flatMap((image, i) =>
    votes[i].map((predicted, copy) =>
      [folder, image, labels[i], copy, predicted, 0.6].map(quote).join(",") + "\n"
    )
  ).join("");
}

/** The header of predictions.csv. */
const PREDICTIONS = "folder,image,label,copy,predicted,probability\n";

/** A field of a CSV. */
function quote(field: string | number): string {
  return /[",\n]/.test(`${field}`) ? `"${String(field).replaceAll('"', '""')}"` : `${field}`;
}

/** Phase 2 with 4 seeds. */
export function phase2Files(
  mode: "l2" | "sk",
  images: readonly string[],
): Record<string, unknown> {
  const { alpha, ces, accuracies } = TESTED[mode];
  const trials = ces.map((ce, trial) => ({
    ...trialOf(trial, 200, 12),
    valid: metrics(ce, 0.5),
    test: { ce, accuracy: accuracies[trial] },
  }));
  const penalty = { mode, alpha, lambda: lambdaOf(alpha), denseL2: 0 };
  const figures = { mean: { ce: 0, accuracy: 0 }, standardError: null };
  return {
    "config.json": config("phase2", { mode, alpha, seeds: 4 }, 30),
    "summary.json": { ...training, ...penalty, trials, settings, ...figures },
    "predictions.csv": PREDICTIONS + predictions(mode, images),
    "curves.svg": svg("curves"),
    "confusion.svg": svg("confusion", 700, 620),
  };
}

/** A grid of two α a mode, two seeds. */
export function gridFiles(images: readonly string[]): Record<string, unknown> {
  const modes = ["l2", "sk"] as const;
  const validation = modes.flatMap((mode) =>
    [1, 4].map((alpha) => (
      { ...cellOf(mode, alpha, 2 - alpha / 10, 0.4 + alpha / 100), seeds: 2 }
    ))
  );
  const test = modes.map((mode, i) => {
    const [ce, accuracy] = [1.9 - i / 5, 0.45 + i / 10];
    const trials = [0, 1].map((trial) => ({ trial, seed: 300 + trial, ce, accuracy }));
    return { ...cellOf(mode, 4, ce, accuracy), trials };
  });
  const difference = (mean: number) => ({ mean, standardError: 0.03, low: mean - 0.1, high: 0.4 });
  const comparison = { pairs: 2, ce: difference(-0.2), accuracy: difference(0.1) };
  const trials = validation.flatMap(({ mode, alpha }) =>
    [0, 1].map((trial) => {
      const { folder, ...rest } = trialOf(trial, 300, 9), valid = metrics(1.8, 0.5);
      return { folder: `${mode}_alpha${alpha}/${folder}`, mode, alpha, ...rest, valid };
    })
  );
  return {
    "config.json": config("grid", { mode: "l2,sk", alphas: "1,4", seeds: 2 }, 40),
    "summary.json": { ...training, settings, trials },
    "grid.json": { confidence: 0.95, validation, test, comparison },
    "predictions.csv": PREDICTIONS +
      modes.map((mode) => predictions(mode, images, `${mode}_alpha4/trial000`)).join(""),
    "grid.svg": svg("grid", 944, 400),
    "curves.svg": svg("curves", 944, 680),
    "confusion_l2.svg": svg("confusion", 700, 620),
    "confusion_sk.svg": svg("confusion", 700, 620),
  };
}

/** A phase 1 that was interrupted in its third epoch, in the middle of a line. */
export function unfinishedFiles(): Record<string, unknown> {
  return {
    "config.json": config("phase1", { trials: 2, epochs: 20 }, 50),
    "metrics.csv":
      "trial,epoch,train_loss,train_ce,train_accuracy,valid_loss,valid_ce,valid_accuracy\n" +
      "0,1,3.1,3,0.1,2.6,2.5,0.2\n1,1,3.1,3,0.1,2.6,2.4,0.25\n" +
      "0,2,3,2.9,0.1,2.3,2.2,0.3\n1,2,3,2.9,0.1,2.7,2.6,0.2\n0,3,2.9,2.8,0.1,2",
  };
}

/** Writes one folder of every kind, and the test images but one; returns the images' paths. */
export async function writeExperiment(dir: string): Promise<string[]> {
  const images = [0, 1, 2, 3].map((i) => `${dir}/images/bat, ${i} & "co".png`);
  await Deno.mkdir(`${dir}/images`, { recursive: true });
  for (const [i, image] of images.entries()) {
    if (i !== 1) await Deno.writeFile(image, png(300, 200, 60 * i + 40));
  }
  await writeFolder(`${dir}/runs/a_kernels`, phase1Files());
  await writeFolder(`${dir}/runs/b_fit`, fitFiles());
  await writeFolder(`${dir}/runs/c_grid`, gridFiles(images));
  await writeFolder(`${dir}/runs/d_l2`, phase2Files("l2", images));
  await writeFolder(`${dir}/runs/e_sk`, phase2Files("sk", images));
  await writeFolder(`${dir}/runs/f_unfinished`, unfinishedFiles());
  return images;
}
