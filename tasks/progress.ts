/**
 * What a person sees while networks train: what is about to happen, then how far it is.
 *
 * @module
 */
import type {
  DataEvent,
  Gpu,
  GroupEvent,
  NetworkEvent,
  PriorEvent,
  TrainingEvent,
} from "../mod.ts";
import { formatTable } from "../src/report/table.ts";
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { addEpoch, formatEpoch, formatStatus, type GroupState } from "./epoch_lines.ts";
import { askedBackend, type Output, type Tools } from "./cli.ts";
import { locate, pasteable } from "./user_folder.ts";
import { escapeControls } from "./terminal.ts";

/** Names and files that are listed before "and … more". */
const [NAMES, FILES] = [100, 5];

/**
 * Says what trains, and returns what shows the events of a training: on a terminal a line that is
 * redrawn after each epoch, elsewhere a line an epoch. One call serves several trainings.
 *
 * @param tools A task's tools. With `quiet` nothing is shown, but warnings are.
 */
export function showTraining(
  { print, warn, terminal, hold, quiet }: Output & Pick<Tools, "hold"> & { quiet: boolean },
  gpu: Pick<Gpu, "adapter">,
): (event: TrainingEvent) => void {
  if (!quiet) showAdapter(print, gpu);
  let group: GroupEvent;
  let state: GroupState | undefined;
  return (event) => {
    if (event.kind === "warning") warn(`warning: ${event.text}`);
    if (event.kind === "group") hold?.();
    // As of images, what is used in place of the user's own is said in any case.
    if (quiet && event.kind === "prior" && event.covDir === null) warn(describePrior(event));
    if (quiet || event.kind === "warning") return;
    if (event.kind === "data") showData(print, event);
    else if (event.kind === "network") showNetwork(print, event, terminal?.columns());
    else if (event.kind === "prior") showPrior(print, event);
    else if (event.kind === "group") {
      [group, state] = [event, undefined];
      const { what, trials, finished, total, from } = event;
      const some = trials < total ? ` (${finished} of ${total} trials finished)` : "";
      print(`\n${what}${some}${from > 0 ? `, going on after epoch ${from}` : ""}`);
    } else if (event.kind === "wait") print(event.text);
    else if (event.kind === "stop") print(`saving the state in epoch ${event.epoch}`);
    else if (event.kind === "epoch") {
      state = addEpoch(group, event, state);
      if (terminal) terminal.show(formatStatus(state, terminal.columns()));
      else print(formatEpoch(state));
    }
  };
}

/** Shows how many shaders are compiled: on a terminal a line that is redrawn, elsewhere one at the start. */
export function showCompiling(
  { print, terminal, quiet }: Output & { quiet: boolean },
): (done: number, total: number) => void {
  return (done, total) => {
    if (quiet) return;
    if (done === 0) terminal?.end(); // a training that is over stands
    if (terminal) terminal.show(`Compiling shaders: ${done} of ${total}`);
    else if (done === 0) print(`Compiling ${total} shader${total === 1 ? "" : "s"}`);
  };
}

/** Prints one line on the adapter, and warns where it is a CPU. */
export function showAdapter(print: Output["print"], { adapter }: Pick<Gpu, "adapter">): void {
  const backend = askedBackend();
  print(adapter.name + (backend ? `, ${backend}` : ""), "adapter");
  if (adapter.software) {
    print("this adapter computes on the CPU; a real GPU is far faster", "warning");
  }
}

function showData(print: Output["print"], { folder, classes, parts, ignored }: DataEvent): void {
  print(escapeControls(locate(folder)), "data");
  const names = classes.map((name) => escapeControls(name).replaceAll(" ", "\u00a0"));
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
    const files = ignored.map(({ path, reason }) => `${escapeControls(inside(path))} (${reason})`);
    print(listSome(files, FILES, "\n"), "ignored");
  }
}

function showNetwork(
  print: Output["print"],
  { layers, seed, resultsDir }: NetworkEvent,
  columns = 80,
): void {
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  const rows = [
    ["layer", "computes", "output", "parameters"],
    ...layers.map(({ name, what, output, parameters }) => [
      ...[name, what, output.join("×"), String(parameters)],
    ]),
    ["total", "", "", String(total)],
  ];
  const [wide, narrow] = [rows, rows.map(([layer, _, ...rest]) => [layer, ...rest])]
    .map(([header, ...body]) => formatTable(header, body));
  const fits = wide.split("\n").every(({ length }) => length <= columns);
  print(`\n${fits ? wide : narrow}\n`);
  print(String(seed), "seed");
  print(escapeControls(locate(resultsDir)), "results");
}

function showPrior(print: Output["print"], event: PriorEvent): void {
  print(describePrior(event), "prior");
  for (const { layer, prior, rank, dimensions, reason } of event.layers) {
    const what = prior === null ? "L2" : `${prior}, rank ${rank}, ${dimensions} weights`;
    print(`${what}: ${reason}`, layer);
  }
}

function describePrior({ covDir, networks }: PriorEvent): string {
  if (covDir !== null) return escapeControls(locate(covDir));
  const how = pasteable("deno task fit makes it");
  return `there is no ${DEFAULT_FOLDERS.prior} in ${Deno.cwd()} (${how}): using the built-in prior, fitted ` +
    `to the kernels of ${networks} networks`;
}

/** The first few, and how many more. */
function listSome(items: string[], most: number, separator = ", "): string {
  const more = items.length - most;
  const some = items.slice(0, most).join(separator);
  return more > 0 ? `${some}${separator}and ${more} more` : some;
}
