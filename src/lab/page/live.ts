/**
 * What is seen of a training while it lasts: how far it is, the kernels and the curves, which the worker
 * draws (../watch.ts).
 *
 * @module
 */
/// <reference lib="dom" />
import { duration, percent } from "../../report/format.ts";
import type { LabEvent, Picture } from "../protocol.ts";
import { inside, measure, say } from "./section.ts";

/** An epoch that was done, and when, in milliseconds. */
interface Moment {
  epoch: number;
  time: number;
}

/** What trains, and the first of its epochs that was seen. */
let what = "", first: Moment | undefined;

/** Seconds that are left at the pace so far; undefined before two epochs were seen. */
export function secondsLeft(first: Moment, now: Moment, epochs: number): number | undefined {
  const done = now.epoch - first.epoch;
  return done > 0 ? (now.time - first.time) / 1000 / done * (epochs - now.epoch) : undefined;
}

/** Says what trains from now on. */
export function showGroup(id: string, event: LabEvent & { kind: "group" }): void {
  ({ what } = event);
  first = undefined;
  say(id, `${what}${event.from ? `, after epoch ${event.from}` : ""}`);
}

/** Says how far the training is and what the networks can do by now. */
export function showEpoch(id: string, event: LabEvent & { kind: "epoch" }): void {
  const { epoch, epochs, accuracy, validAccuracy, loss, validLoss, imagesPerSecond } = event;
  const now = { epoch, time: performance.now() };
  const left = secondsLeft(first ??= now, now, epochs);
  measure(id, epoch, epochs);
  const time = left === undefined || epoch === epochs
    ? ""
    : `, ${left < 60 ? `${Math.ceil(left)} s` : duration(left)} left`;
  say(
    id,
    `Epoch ${epoch} of ${epochs}${what && ` (${what})`}${time}. ${
      percent(accuracy)
    } of the training ` +
      `pictures are named rightly (cross-entropy ${loss.toFixed(2)} nats), ` +
      `${percent(validAccuracy)} of those held out (${validLoss.toFixed(2)} nats); ` +
      `${Math.round(imagesPerSecond)} pictures a second.`,
    epoch === epochs,
  );
}

/** The newest kernels that are not drawn yet, by section. */
const undrawn = new Map<string, { epoch: number; networks: Picture[] }>();

/** Shows the first layer's kernels of each network: the newest, when the page is painted next. */
export function showKernels(id: string, epoch: number, networks: Picture[]): void {
  if (undrawn.size === 0) {
    requestAnimationFrame(() => {
      for (const [id, { epoch, networks }] of undrawn) drawKernels(id, epoch, networks);
      undrawn.clear();
    });
  }
  undrawn.set(id, { epoch, networks });
}

function drawKernels(id: string, epoch: number, networks: Picture[]): void {
  const box = inside(id, "kernels");
  while (box.children.length > networks.length) box.lastChild!.remove();
  for (const [i, { width, height, rgba }] of networks.entries()) {
    const figure = box.children[i] ?? box.appendChild(document.createElement("figure"));
    if (!figure.firstChild) {
      figure.append(document.createElement("canvas"), document.createElement("figcaption"));
    }
    const [canvas, caption] = figure.children as unknown as [HTMLCanvasElement, HTMLElement];
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
    }
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Kernels of the first layer of network ${i}, epoch ${epoch}`);
    const pixels = new ImageData(new Uint8ClampedArray(rgba), width, height);
    canvas.getContext("2d")!.putImageData(pixels, 0, 0);
    caption.textContent = `network ${i}, epoch ${epoch}`;
  }
}

/** Shows the curves so far. */
export function showCurves(id: string, svg: string): void {
  inside(id, "curves").innerHTML = svg;
}
