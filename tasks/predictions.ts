/**
 * Predictions as text and as JSON.
 *
 * @module
 */
import type { PredictEvent, Predictions } from "../mod.ts";
import { formatTable } from "../src/report/table.ts";
import { escapeControls } from "./terminal.ts";

/** Which networks look, at images of which size, and where that was read: texts by their labels. */
export function describeNetworks(
  named: string,
  { weights, summary, model }: PredictEvent,
): Record<string, string> {
  const [height, width] = model.network.input;
  const { classes } = model;
  const texts = {
    weights: weights.length === 1
      ? weights[0]
      : `${named}: ${weights.length} networks, probabilities averaged`,
    model: summary ?? "no summary.json: the paper's network, the authors' channel means",
    images: `resized to ${height}×${width}`,
    classes: `${classes.length}, ${classes[0]} … ${classes[classes.length - 1]}`,
  };
  return Object.fromEntries(
    Object.entries(texts).map(([label, text]) => [label, escapeControls(text)]),
  );
}

/** The best classes of each image, at most 3, with their probabilities. */
export function formatPredictions({ classes, images }: Predictions): string {
  const folder = sharedFolder(images.map(({ image }) => image));
  const places = ["class", "second", "third"].slice(0, classes.length);
  const table = formatTable(
    ["image", ...places.flatMap((place) => [place, "prob."])],
    images.map(({ image, probabilities }) => [
      folder ? image.slice(folder.length + 1) : image,
      ...rank(probabilities).slice(0, places.length)
        .flatMap((c) => [classes[c], probabilities[c].toFixed(3)]),
    ]),
  );
  return folder ? `in ${escapeControls(folder)}:\n${table}` : table;
}

/** The folder that all paths lie in, as far as they spell it alike; "" where there is none. */
function sharedFolder(paths: string[]): string {
  const [first, ...others] = paths.map((path) => path.split("/").slice(0, -1));
  const end = first.findIndex((part, i) => others.some((folders) => folders[i] !== part));
  return first.slice(0, end < 0 ? first.length : end).join("/");
}

/** Predictions for programs: `probabilities` are in the order of `classes`. */
export function predictionsAsJson({ weights, classes, images, unread }: Predictions): unknown {
  return {
    weights,
    classes,
    images: images.map(({ image, probabilities }) => {
      const [best] = rank(probabilities);
      return { image, class: classes[best], probability: probabilities[best], probabilities };
    }),
    unread,
  };
}

/** Classes from the most to the least probable. */
function rank(probabilities: readonly number[]): number[] {
  return [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
}
