/**
 * Stops tasks at random moments, over and over, each until it comes to its end: whatever happens, the
 * results must be those of an undisturbed run, to the byte.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { createRandom, type Random } from "../../src/random.ts";
import { listBroken } from "./broken_files.ts";
import { drawSmallSet, writeUntrained } from "./small_set.ts";
import { start as startTask } from "./start.ts";

/** What can be stopped. */
export type Stopped = "phase1" | "fit" | "phase2";

/** What stops it. */
export type Signal = "SIGKILL" | "SIGINT" | "SIGTERM" | "SIGUSR1" | "SIGUSR2";

/** What happened to a task that was stopped many times. */
export interface Toll {
  /** How often it was stopped before it came to its end. */
  stops: number;
  /** How often it came to its end. */
  ends: number;
  /** Milliseconds from each signal to the end. */
  took: number[];
  /** Finished epochs that were trained again after a stop, at most. */
  repeated: number;
  /** Stops at which it said how to go on. */
  advised: number;
  /** What must not have happened. */
  faults: string[];
}

/** Stops a task so many times, by the signals in turn. */
export type Interrupt = (
  task: Stopped,
  signals: readonly Signal[],
  stops: number,
  onStop?: () => void,
) => Promise<Toll>;

/** Starts a task. */
type Start = (task: Stopped, args: readonly string[]) => Deno.ChildProcess;

const CODES: Record<Signal, number> = {
  SIGKILL: 137,
  SIGINT: 130,
  SIGTERM: 143,
  SIGUSR1: 143,
  SIGUSR2: 143,
};
/** How each task goes on. */
const AGAIN = { phase1: "--resume", fit: "--overwrite", phase2: "--resume" };

const EPOCHS = 30;
/** The part of a run that they take: the rest is as long where some of them are done. */
const TRAINING = 0.3;
/**
 * Prepares to stop tasks on a small image set. Each runs undisturbed first, as soon as it is to be stopped.
 *
 * @param dir A folder for all that is read and written.
 * @param seed Of the moments.
 * @param deno As for `start`.
 */
export async function prepareInterruptions(
  dir: string,
  seed: number,
  deno?: string,
): Promise<Interrupt> {
  const start: Start = (task, args) => startTask(task, args, deno);
  await drawSmallSet(`${dir}/data`);
  await writeUntrained(`${dir}/untrained`, 2);
  const training = [
    `--data-dir=${dir}/data`,
    `--network=${dir}/data/network.json`,
    `--epochs=${EPOCHS}`,
  ];
  const args: Record<Stopped, string[]> = {
    phase1: [...training, "--trials=2", "--results-dir"],
    fit: [`--kernel-dir=${dir}/untrained`, "--gaussian-dir"],
    phase2: [...training, "--mode=sk", "--alpha=1", "--trials=2"]
      .concat("--cov-dir=tests/fixtures/fit", "--results-dir"),
  };
  const commandOf = (task: Stopped, folder: string) => {
    const words = [...args[task]];
    return [...words.slice(0, -1), `${words.at(-1)}=${folder}`];
  };
  const whole: Partial<Record<Stopped, { took: number; files: Record<string, string> }>> = {};
  const runWhole = async (task: Stopped) => {
    const begin = performance.now();
    const { code, stderr } = await start(task, commandOf(task, `${dir}/${task}`)).output();
    if (code !== 0) throw new Error(`${task}: ${new TextDecoder().decode(stderr)}`);
    return { took: performance.now() - begin, files: await digest(`${dir}/${task}`) };
  };
  const runOnce = async (task: Stopped) => whole[task] ??= await runWhole(task);
  const random = createRandom(seed);
  return async (task, signals, stops, onStop = () => {}) => {
    const toll: Toll = { stops: 0, ends: 0, took: [], repeated: 0, advised: 0, faults: [] };
    const undisturbed = await runOnce(task), { files } = undisturbed;
    while (toll.stops < stops) {
      const folder = `${dir}/${task}.${signals.join("-")}.${toll.ends}`;
      const command = commandOf(task, folder);
      const run = { start, command, folder, most: stops - toll.stops, random };
      const took = await runToEnd(
        task,
        signals,
        { ...run, longest: undisturbed.took },
        toll,
        onStop,
      );
      // The first run of all compiled shaders that the driver keeps since.
      undisturbed.took = Math.min(undisturbed.took, took);
      const found = await digest(folder);
      for (const name of new Set([...Object.keys(files), ...Object.keys(found)])) {
        if (files[name] !== found[name]) toll.faults.push(`${folder}/${name} differs`);
      }
      const left = readdirSync(folder, { recursive: true })
        .filter((name) => /\.tmp$|checkpoint/.test(`${name}`)); // no run may leave these behind
      toll.faults.push(...left.map((name) => `${folder}/${name} is left`));
      await Deno.remove(folder, { recursive: true });
    }
    return toll;
  };
}

/**
 * One run of a task, stopped at most so many times, each at a random moment of what is left of it.
 *
 * @param longest Milliseconds that an undisturbed run takes, at most.
 * @returns The same, by what its end took.
 */
async function runToEnd(
  task: Stopped,
  signals: readonly Signal[],
  { start, command, folder, most, longest, random }: {
    start: Start;
    command: string[];
    folder: string;
    most: number;
    longest: number;
    random: Random;
  },
  toll: Toll,
  onStop: () => void,
): Promise<number> {
  let last = 0; // the newest epoch that was told of
  for (let stops = 0;; stops++) {
    const begin = performance.now();
    const child = start(task, stops > 0 ? [...command, AGAIN[task]] : command);
    const signal = signals[toll.stops % signals.length];
    let sent = NaN;
    const stop = () => {
      sent = performance.now();
      try {
        child.kill(signal);
      } catch { // it has just ended by itself
      }
    };
    const rest = 1 - TRAINING * last / EPOCHS;
    const timer = stops < most ? setTimeout(stop, longest * rest * random.uniform()) : undefined;
    const output = await child.output();
    const end = performance.now();
    clearTimeout(timer);
    const [said, told] = [output.stderr, output.stdout].map((it) => new TextDecoder().decode(it));
    const epochs = [...told.matchAll(/^Epoch (\d+)\//gm)].map(([, epoch]) => Number(epoch));
    if (epochs.length > 0) toll.repeated = Math.max(toll.repeated, last - epochs[0] + 1);
    last = epochs.at(-1) ?? last;
    if (output.code === 0) {
      toll.ends++;
      return (end - begin) / rest;
    }
    if (Number.isNaN(sent)) throw new Error(`${task} failed by itself: ${said}`);
    toll.stops++;
    toll.took.push(end - sent);
    // What meets Deno before the first line of the task is not ours to answer.
    const isTooEarly = output.signal === signal && told + said === "";
    if (!isTooEarly && output.code !== CODES[signal] || said.includes("Debugger")) {
      toll.faults.push(`exit code ${output.code} by ${signal}: ${said}`);
    }
    if (/(go on with: deno task \w+ .*--resume|start again with: deno task)/.test(said)) {
      toll.advised++;
    }
    toll.faults.push(...await listBroken(folder));
    onStop();
  }
}

/** Every file below a folder that equal runs must have alike, with its SHA-256. */
async function digest(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(dir, { recursive: true }).map(String)) {
    if (!/\.(h5|npy|csv|svg|png)$/.test(name)) continue;
    const sum = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${dir}/${name}`));
    found[name] = new Uint8Array(sum).toHex();
  }
  return found;
}
