/**
 * How a run was made: `config.json` of a result folder.
 *
 * @module
 */
import deno from "../../deno.json" with { type: "json" };
import { readJson } from "../io/files.ts";
import { configFile } from "./file_names.ts";
import { SELF } from "./hold_folder.ts";

/** What must agree; values that JSON can hold. */
export type Settings = Readonly<Record<string, unknown>>;

/** How a run is made. */
export interface RunOrigin {
  /** The command line; null where the program was called as a library. */
  command: string | null;
  /** The experiment's seed; null where nothing is drawn by one. */
  seed: number | null;
  /** What it is computed on. */
  adapter: { name: string; vendor: string; software: boolean } | null;
  /** All options, defaults filled in. */
  options: Readonly<Record<string, unknown>>;
}

/** config.json. */
export interface RunConfig extends RunOrigin {
  /** The task that made it. */
  task: string;
  /** When it began, by ISO 8601. */
  started: string;
  /** The machine's name, the process, and the job of a cluster's queue. */
  host: string;
  process: number;
  job?: string;
  /** Versions of what computes. */
  versions: Record<string, string>;
  /** What must agree before trials count as one experiment. */
  settings: Settings;
  /** Folders of its trials. */
  trials: string[];
  /** Those of them that were not finished; absent where none was. */
  trained?: string[];
  /** Runs before that filled the same folder, the last one first. */
  earlier?: Omit<RunConfig, "earlier" | "settings">[];
}

/** The version of this program, which decides the bits of a run too. */
export const VERSION: string = deno.version;

/** On what a run is computed, in words. */
export function describeMachine({ adapter }: RunOrigin): string {
  return `${adapter?.name ?? "no adapter"}, Deno ${Deno.version.deno}`;
}

/** Makes the record of a run that begins now. */
export function createConfig(
  task: string,
  { adapter, ...made }: RunOrigin,
  settings: Settings,
  trials: string[] = [],
  trained?: string[],
): RunConfig {
  return {
    task,
    ...made,
    adapter: adapter && { name: adapter.name, vendor: adapter.vendor, software: adapter.software },
    started: new Date().toISOString(),
    host: SELF.host(),
    process: SELF.process,
    job: SELF.job(),
    versions: { skreg: VERSION, ...Deno.version },
    settings,
    trials,
    trained,
  };
}

/**
 * What differs between two runs, in words; "" where nothing does. What one of them does not say may be
 * any.
 */
export function differences(was: Settings, is: Settings): string {
  return Object.keys(is).flatMap((name) => {
    const [a, b] = [was[name], is[name]].map((value) => JSON.stringify(value));
    if (a === b || a === undefined || b === undefined) return [];
    return a.length + b.length > 60 ? `other ${name}` : `${name} was ${a}, now ${b}`;
  }).join("; ");
}

/** The folders of all trials that this run and those before it in its folder have begun. */
export function begunTrials({ trials, earlier = [] }: RunConfig): string[] {
  return [...new Set([trials, ...earlier.map(({ trials }) => trials)].flat())];
}

/** What of a config.json tells on what its trials were trained. */
interface Trained {
  trials: string[];
  trained?: string[];
  adapter?: string | { name: string } | null;
}

/**
 * Says so where trials were trained on different adapters, as far as config.json tells.
 *
 * @returns One sentence at most.
 */
export function mixedAdapters(
  dir: string,
  { earlier = [], ...last }: Trained & { earlier?: Trained[] },
): string[] {
  const adapterOf = new Map<string, string>(); // of each trial that of the last run which trained it
  for (const { adapter, trials, trained = trials } of [...earlier.toReversed(), last]) {
    const name = typeof adapter === "string" ? adapter : adapter?.name;
    for (const trial of name ? trained : []) adapterOf.set(trial, name!);
  }
  const byName = Map.groupBy(adapterOf.values(), (name) => name);
  if (byName.size < 2) return [];
  const parts = Array.from(byName, ([name, { length }]) => `${length} on ${name}`);
  return [
    `the trials in ${dir} were trained on different adapters (${parts.join(", ")}), where equal ` +
    `seeds do not give equal bits`,
  ];
}

/** What all runs had in common before it could be chosen; their settings do not say it. */
const ONCE: Settings = { network: "paper", rotate: 30, shift: 19, flip: true, fb: false };

/** Reads how a folder's run was made; undefined where it does not say. */
export async function readConfig(dir: string): Promise<RunConfig | undefined> {
  const config = await readJson<RunConfig>(configFile(dir)).catch(() => undefined);
  if (!config?.settings || !Array.isArray(config.trials)) return undefined;
  const { settings } = config; // which stay in their order: files that hold them are compared as text
  return { ...config, settings: { ...settings, ...ONCE, ...settings } };
}
