/**
 * What finished trials make of the test images.
 *
 * @module
 */
import { PARTS } from "../data/layout.ts";
import type { Gpu } from "../gpu/device.ts";
import { writeText } from "../io/files.ts";
import { readKerasWeights } from "../io/keras_h5.ts";
import { joinParameters } from "../nn/layout.ts";
import { predictionsFile, weightsFile } from "../runs/file_names.ts";
import { COPIES } from "../training/evaluate.ts";
import type { ImageBank } from "../training/examples.ts";
import { trialsAtOnce } from "../training/memory.ts";
import type { Metrics } from "../training/metrics.ts";
import { examine } from "../training/predict.ts";
import type { NewClasses } from "./new_classes.ts";

/** Cross-entropy and accuracy on the test images. */
export type TestFigures = Omit<Metrics, "loss">;

/** What a finished trial makes of the test images. */
export interface TestedTrial {
  /** Over 5 augmented copies of each image. */
  figures: TestFigures;
  /** (CLASSES, CLASSES): how often an image of the row's class was taken for the column's. */
  confusion: number[][];
  /** Lines of predictions.csv. */
  rows: string[];
}

/** Tests finished trials, whose weights are read from disk, on 5 augmented copies of each image. */
export async function testTrials(
  gpu: Gpu,
  { model, layout, sets }: Pick<NewClasses, "model" | "layout" | "sets">,
  bank: ImageBank,
  { resultsDir, folders, memory, signal }: {
    resultsDir: string;
    folders: string[];
    memory?: number;
    signal?: AbortSignal;
  },
): Promise<TestedTrial[]> {
  const { classes, network } = model;
  const images = bank.labels.length, count = classes.length;
  const size = await trialsAtOnce(gpu, {
    ...{ network, memory, evaluated: COPIES * images },
    images: PARTS.reduce((sum, part) => sum + sets[part].labels.length, 0),
  });
  const tested: TestedTrial[] = [];
  for (let first = 0; first < folders.length; first += size) {
    const part = folders.slice(first, first + size);
    const trials = await Promise.all(part.map(async (folder) => {
      const file = weightsFile(`${resultsDir}/${folder}`);
      return joinParameters(layout, await readKerasWeights(file), file);
    }));
    const options = { ...model, trials, examples: { bank }, copies: COPIES, signal };
    for (const [t, { probabilities, ...figures }] of (await examine(gpu, options)).entries()) {
      const confusion = sumConfusion([], count), rows: string[] = [];
      for (let i = 0; i < probabilities.length / count; i++) {
        const row = probabilities.subarray(i * count, (i + 1) * count);
        const probability = Math.max(...row);
        const predicted = row.indexOf(probability), label = bank.labels[i % images];
        confusion[label][predicted]++;
        const names = [sets.test.names[i % images], classes[label]].map(quote);
        const copy = Math.floor(i / images);
        rows.push([part[t], ...names, copy, quote(classes[predicted]), probability].join());
      }
      tested.push({ figures, confusion, rows });
    }
  }
  return tested;
}

/** The confusion of some trials together, of so many classes. */
export function sumConfusion(
  trials: readonly Pick<TestedTrial, "confusion">[],
  classes: number,
): number[][] {
  const sum = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (const { confusion } of trials) {
    confusion.forEach((row, label) => row.forEach((times, as) => sum[label][as] += times));
  }
  return sum;
}

/** Writes predictions.csv. */
export async function writePredictions(dir: string, rows: readonly string[]): Promise<void> {
  const header = "folder,image,label,copy,predicted,probability";
  await writeText(predictionsFile(dir), [header, ...rows].join("\n") + "\n");
}

/** A cell of a CSV file (RFC 4180). */
function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
