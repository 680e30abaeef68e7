/**
 * What a person sees while networks train: what is about to happen, then how far it is.
 *
 * @module
 */
import { type EpochReport, formatTable, type Gpu, type Metrics } from "../mod.ts";
import type { DataEvent, GroupEvent, NetworkEvent, TrainingEvent } from "../mod.ts";
import { addEpoch, formatEpoch, formatStatus, type GroupState } from "./epochs.ts";
import { askedBackend, type Tools } from "./cli.ts";

/** Names and files that are listed before "and … more". */
const [NAMES, FILES] = [100, 5];

/**
 * Says what trains, and returns what shows the events of a training: on a terminal a line that is
 * redrawn after each epoch, elsewhere a line an epoch. One call serves several trainings.
 *
 * @param tools A task's tools. With `quiet` nothing is shown, but warnings are.
 */
export function showTraining(
  { print, warn, terminal, quiet }: Tools & { quiet: boolean },
  gpu: Pick<Gpu, "adapter">,
): (event: TrainingEvent) => void {
  if (!quiet) showAdapter(print, gpu);
  if (gpu.adapter.software) {
    warn("warning: this adapter computes on the CPU; a real GPU is far faster");
  }
  if (quiet) return () => {};
  let group: GroupEvent;
  let state: GroupState | undefined;
  return (event) => {
    if (event.kind === "data") showData(print, event);
    else if (event.kind === "network") showNetwork(print, event, terminal?.columns());
    else if (event.kind === "group") {
      [group, state] = [event, undefined];
      const { what, trials, finished, total } = event;
      const some = trials < total ? ` (${finished} of ${total} trials finished)` : "";
      print(`\n${what}${some}`);
    } else {
      state = addEpoch(group, event, state);
      if (terminal) terminal.show(formatStatus(state, terminal.columns()));
      else print(formatEpoch(state));
    }
  };
}

function showAdapter(print: Tools["print"], { adapter }: Pick<Gpu, "adapter">): void {
  const backend = askedBackend();
  print(adapter.name + (backend ? `, ${backend}` : ""), "adapter");
}

function showData(print: Tools["print"], { folder, classes, parts, ignored }: DataEvent): void {
  print(folder, "data");
  const names = classes.map((name) => name.replaceAll(" ", "\u00a0"));
  const even = parts.map(({ counts }) => counts.every((count) => count === counts[0]));
  if (even.includes(true)) print(listSome(names, NAMES), "classes");
  for (const [p, { name, counts }] of parts.entries()) {
    const text = even[p]
      ? `${classes.length} classes × ${counts[0]} images`
      : listSome(names.map((name, label) => `${name}\u00a0${counts[label]}`), NAMES);
    print(text, name);
  }
  if (ignored.length > 0) {
    const inside = (path: string) =>
      path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
    const files = ignored.map(({ path, reason }) => `${inside(path)} (${reason})`);
    print(listSome(files, FILES, "\n"), "ignored");
  }
}

function showNetwork(
  print: Tools["print"],
  { layers, seed, resultsDir }: NetworkEvent,
  columns = 80,
): void {
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  const table = (short: boolean) =>
    formatTable(
      ["layer", ...short ? [] : ["computes"], "output", "parameters"],
      [
        ...layers.map(({ name, what, output, parameters }) => [
          name,
          ...short ? [] : [what],
          output.join("×"),
          String(parameters),
        ]),
        ["total", ...short ? [] : [""], "", String(total)],
      ],
    );
  const fits = table(false).split("\n").every((line) => line.length <= columns);
  print(`\n${table(!fits)}\n`);
  print(String(seed), "seed");
  print(resultsDir, "results");
}

/** The first few, and how many more. */
function listSome(items: string[], most: number, separator = ", "): string {
  const more = items.length - most;
  const some = items.slice(0, most).join(separator);
  return more > 0 ? `${some}${separator}and ${more} more` : some;
}

/** One line on the adapter, with a warning where it is a CPU. */
export function describeAdapter({ adapter }: Gpu): string {
  const warning = adapter.software ? " (a software adapter: a real GPU is far faster)" : "";
  return `adapter     ${adapter.name}${warning}`;
}

/** One line on the data. */
export function describeData(folder: string, classes: string[], counts: string): string {
  return `data        ${folder}: ${classes.length} classes, ${counts}`;
}

/** One line on the networks that are trained side by side, and why not more of them. */
export function describeGroup(
  what: "trials" | "seeds",
  first: number,
  count: number,
  all: number,
  parameterCount: number,
): string {
  const which = count === 1 ? `${first}` : `${first} … ${first + count - 1}`;
  const why = count < all
    ? ` (${all} at once exceed the memory set aside, so they train in groups)`
    : "";
  return `${what.padEnd(12)}${which}: ${count} × ${parameterCount} parameters${why}`;
}

/** One line an epoch, Keras' way: means over the trials trained side by side. */
export function describeEpoch(
  { epoch, trials, seconds }: EpochReport,
  epochs: number,
  trainImages: number,
): string {
  const mean = (part: "train" | "valid", key: keyof Metrics) =>
    trials.reduce((sum, trial) => sum + trial[part][key], 0) / trials.length;
  const figures = (part: "train" | "valid") =>
    (["loss", "ce", "accuracy"] as const).map((key) => `${key} ${mean(part, key).toFixed(4)}`)
      .join(" ");
  const rate = trials.length * trainImages / seconds.train;
  return `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  ` +
    `train ${figures("train")}  valid ${figures("valid")}  ${rate.toFixed(0)} images/s`;
}
