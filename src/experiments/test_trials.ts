/**
 * What finished trials learned, and what they make of the test images.
 *
 * @module
 */
import { PARTS } from "../data/phase_folders.ts";
import type { Gpu } from "../gpu/device.ts";
import { writeText } from "../io/files.ts";
import { readKerasWeights } from "../io/keras_h5.ts";
import { joinParameters } from "../nn/layout.ts";
import { mixSeed } from "../random.ts";
import { drawConfusion } from "../report/draw_confusion.ts";
import { modeName } from "../report/format.ts";
import { type Mode, predictionsFile, weightsFile } from "../runs/file_names.ts";
import type { FinishedTrial, TestFigures } from "../runs/summaries.ts";
import { readHistory, type RunTrial } from "../runs/trial.ts";
import { COPIES } from "../training/evaluate.ts";
import type { ImageBank } from "../training/examples.ts";
import { trialsAtOnce } from "../training/memory.ts";
import { bestEpoch } from "../training/best_epoch.ts";
import { examine } from "../training/predict.ts";
import type { History } from "../training/state.ts";
import type { NewClasses } from "./learn_new_classes.ts";

/** A trial, its learning curves, and what summary.json says of it first. */
export type Learned<T extends RunTrial> = T & { history: History; summary: FinishedTrial };

/**
 * Reads what finished trials learned.
 *
 * @param seed The experiment's.
 * @throws {Error} naming the file that cannot be read.
 */
export function readLearned<T extends RunTrial>(
  dir: string,
  trials: readonly T[],
  seed: number,
): Promise<Learned<T>[]> {
  return Promise.all(trials.map(async (it) => {
    const { folder, trial } = it;
    const history = await readHistory(`${dir}/${folder}`);
    const best = bestEpoch(history.valid), valid = history.valid[best - 1];
    const summary = { folder, trial, seed: mixSeed(seed, trial), bestEpoch: best, valid };
    return { ...it, history, summary };
  }));
}

/** What a finished trial makes of the test images. */
export interface TestedTrial<T extends RunTrial> {
  /** The trial. */
  trial: T;
  /** Figures over 5 augmented copies of each image. */
  figures: TestFigures;
  /** (CLASSES, CLASSES): how often an image of the row's class was taken for the column's. */
  confusion: number[][];
  /** Lines of predictions.csv. */
  rows: string[];
}

/** Tests finished trials, whose weights are read from disk, on 5 augmented copies of each image. */
export async function testTrials<T extends RunTrial>(
  gpu: Gpu,
  { model, layout, sets, augmentation }:
    & Pick<NewClasses, "model" | "layout" | "sets">
    & Partial<Pick<NewClasses, "augmentation">>,
  bank: ImageBank,
  { resultsDir, trials, memory, signal }: {
    resultsDir: string;
    trials: readonly T[];
    memory?: number;
    signal?: AbortSignal;
  },
): Promise<TestedTrial<T>[]> {
  const { classes, network } = model;
  const images = bank.labels.length, count = classes.length;
  const all = PARTS.reduce((sum, part) => sum + sets[part].labels.length, 0);
  const work = { network, memory, images: all, evaluated: COPIES * images };
  const size = await trialsAtOnce(gpu, work);
  const tested: TestedTrial<T>[] = [];
  for (let first = 0; first < trials.length; first += size) {
    const part = trials.slice(first, first + size);
    const rows = await Promise.all(part.map(async ({ folder }) => {
      const file = weightsFile(`${resultsDir}/${folder}`);
      return joinParameters(layout, await readKerasWeights(file), file);
    }));
    const shown = { examples: { bank }, copies: COPIES, augmentation };
    const options = { ...model, trials: rows, ...shown, signal };
    for (const [t, { probabilities, ...figures }] of (await examine(gpu, options)).entries()) {
      const confusion = sumConfusion([], count), rows: string[] = [];
      for (let i = 0; i < probabilities.length / count; i++) {
        const row = probabilities.subarray(i * count, (i + 1) * count);
        const probability = Math.max(...row);
        const predicted = row.indexOf(probability), label = bank.labels[i % images];
        confusion[label][predicted]++;
        const names = [sets.test.names[i % images], classes[label]].map(quote);
        const copy = Math.floor(i / images);
        rows.push([part[t].folder, ...names, copy, quote(classes[predicted]), probability].join());
      }
      tested.push({ trial: part[t], figures, confusion, rows });
    }
  }
  return tested;
}

/** The confusion of some trials together, of so many classes. */
export function sumConfusion(
  trials: readonly Pick<TestedTrial<RunTrial>, "confusion">[],
  classes: number,
): number[][] {
  const sum = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (const { confusion } of trials) {
    confusion.forEach((row, label) => row.forEach((times, as) => sum[label][as] += times));
  }
  return sum;
}

/** Draws the confusion of some trials of a penalty and strength together. */
export function drawTested(
  trials: readonly Pick<TestedTrial<RunTrial>, "confusion">[],
  { mode, alpha }: { mode: Mode; alpha: number },
  classes: readonly string[],
): Promise<string> {
  const title = `${modeName(mode)}, α ${alpha}: test images`;
  return drawConfusion(sumConfusion(trials, classes.length), classes, title);
}

/** Writes predictions.csv. */
export async function writePredictions(
  dir: string,
  trials: readonly Pick<TestedTrial<RunTrial>, "rows">[],
): Promise<void> {
  const header = "folder,image,label,copy,predicted,probability";
  const rows = trials.flatMap(({ rows }) => rows);
  await writeText(predictionsFile(dir), [header, ...rows].join("\n") + "\n");
}

/** A cell of a CSV file (RFC 4180). */
function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
