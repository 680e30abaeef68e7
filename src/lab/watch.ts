/**
 * What a training tells, as the page shows it: means, pictures of kernels and of the curves.
 *
 * @module
 */
import type { TrainingEvent } from "../experiments/events.ts";
import { drawCurves } from "../report/draw_curves.ts";
import { drawKernels } from "../report/draw_kernels.ts";
import type { History } from "../training/state.ts";
import type { LabEvent } from "./protocol.ts";

/** Milliseconds between two pictures of the curves. */
const REDRAW = 1000;

/** Tells the page what a training tells. */
export function watcher(tell: (event: LabEvent) => void): (event: TrainingEvent) => void {
  let histories: History[] = [], drawn = 0;
  return (event) => {
    if (event.kind === "warning") tell(event);
    if (event.kind === "group") {
      histories = Array.from({ length: event.trials }, () => ({ train: [], valid: [] }));
      tell({ kind: "group", what: event.what, from: event.from });
    }
    if (event.kind === "weights") {
      const networks = event.trials.map((weights) => pictureOf(weights.get("conv2d_1.kernel")!));
      tell({ kind: "kernels", epoch: event.epoch, networks });
    }
    if (event.kind !== "epoch") return;
    const { report: { epoch, trials, seconds }, epochs, images } = event;
    for (const [i, of] of trials.entries()) {
      if (!of) continue;
      histories[i].train.push(of.train);
      histories[i].valid.push(of.valid);
    }
    const alive = trials.filter((it) => it !== null);
    const mean = (value: (it: (typeof alive)[number]) => number) =>
      alive.reduce((sum, it) => sum + value(it), 0) / alive.length;
    tell({
      kind: "epoch",
      epoch,
      epochs,
      loss: mean(({ train }) => train.loss),
      accuracy: mean(({ train }) => train.accuracy),
      validLoss: mean(({ valid }) => valid.loss),
      validAccuracy: mean(({ valid }) => valid.accuracy),
      imagesPerSecond: images * trials.length / seconds.train,
    });
    if (performance.now() - drawn < REDRAW || epoch === epochs) return; // at the end the report has them
    drawn = performance.now();
    const shown = histories.filter(({ valid }) => valid.length > 0);
    drawCurves(shown.map(copyOf)).then((svg) => tell({ kind: "curves", svg }));
  };
}

/** A history as it is now. */
const copyOf = ({ train, valid }: History): History => ({ train: [...train], valid: [...valid] });

/** The kernels (K, K, C, M) of a layer, each its channels side by side; white is three standard deviations. */
function pictureOf({ shape, data }: { shape: number[]; data: Float32Array }) {
  const [rows, columns, channels, count] = shape, size = rows * columns * channels;
  const kernels = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    kernels[(i % count) * size + Math.floor(i / count)] = data[i];
  }
  const spread = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  const numbers = { shape: [count, rows, columns, channels], data: kernels };
  return drawKernels(numbers, { scale: 3 * spread || 1, columns: 1, zoom: 6 });
}
