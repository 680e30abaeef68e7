/**
 * Files that the visitor takes home.
 *
 * @module
 */
/// <reference lib="dom" />
import type { Download } from "../protocol.ts";
import { inside } from "./section.ts";

/** Saves a file. */
export function save({ name, bytes, type }: Download): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** What a file's name says of its content. */
const MEANINGS: [RegExp, string][] = [
  [/cnn\.h5$/, "weights of a network, as Keras reads them"],
  [/_cov_rank\d\.npy$/, "covariance of a layer's kernels"],
  [/\.npy$/, "numbers of each epoch or weight, as NumPy reads them"],
  [/config\.json$/, "all options"],
  [/summary\.json$/, "all results"],
  [/\.csv$/, "a table"],
  [/\.(svg|png)$/, "a picture"],
];

/** Lists files, each to be downloaded by itself; the pictures to learn from are not listed. */
export function listFiles(paths: string[], take: (path: string) => void): number {
  const shown = paths.filter((path) =>
    !/\/\.[^/]*$/.test(path) && !/(^|\/)phase[12]\/.*\.(png|jpe?g)$/i.test(path)
  );
  const folders = Map.groupBy(shown, (path) => path.split("/").slice(0, -1).slice(0, 2).join("/"));
  const lists = [...folders].map(([folder, paths]) => {
    const group = document.createElement("details"), name = document.createElement("summary");
    const list = document.createElement("ul");
    name.textContent = `${folder || "beside the folders"} (${paths.length})`;
    list.append(...paths.map((path) => lineOf(path, take)));
    group.append(name, list);
    return group;
  });
  inside("home", "result").replaceChildren(...lists);
  return shown.length;
}

function lineOf(path: string, take: (path: string) => void): HTMLElement {
  const one = document.createElement("button"), line = document.createElement("li");
  Object.assign(one, { type: "button", textContent: path, onclick: () => take(path) });
  const meaning = MEANINGS.find(([name]) => name.test(path))?.[1];
  line.append(one, meaning ? ` ${meaning}` : "");
  return line;
}
