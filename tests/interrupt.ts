/**
 * Runs a task over and over, each time stopped at a random moment, until it comes to its end: whatever
 * happens, the results must be those of an undisturbed run, to the byte.
 *
 * @module
 */
import type { Random } from "../src/random.ts";
import { start as startTask } from "./command.ts";

/** How a run was disturbed. */
export interface Disturbance {
  /** How often it was stopped before it came to its end. */
  stops: number;
  /** Exit codes of the stopped runs. */
  codes: number[];
  /** Milliseconds from the signal to the end, at most. */
  slowest: number;
  /** Milliseconds that the last run took, from its start. */
  took: number;
  /** What stderr said. */
  said: string;
}

/**
 * Disturbs a task.
 *
 * @param args Its options; `--resume` is added from the second start on, where it takes it.
 * @param most Stops, at most; afterwards it runs undisturbed.
 * @param range Milliseconds after the start, from … to, between which the signal comes.
 */
export async function disturb(
  task: string,
  args: readonly string[],
  { signal, most, range: [from, to], random, again = "--resume" }: {
    signal: "SIGKILL" | "SIGINT" | "SIGTERM";
    most: number;
    range: readonly [from: number, to: number];
    random: Random;
    again?: string;
  },
): Promise<Disturbance> {
  const result: Disturbance = { stops: 0, codes: [], slowest: 0, took: 0, said: "" };
  while (true) {
    const begun = result.stops > 0, start = performance.now();
    const child = await startTask(task, begun ? [...args, again] : args);
    let sent = NaN;
    const timer = result.stops < most
      ? setTimeout(() => {
        sent = performance.now();
        try {
          child.kill(signal);
        } catch { // it has just ended by itself
        }
      }, from + (to - from) * random.uniform())
      : undefined;
    const { code, stderr } = await child.output();
    clearTimeout(timer);
    result.said += new TextDecoder().decode(stderr);
    result.took = performance.now() - start;
    if (code === 0) return result;
    if (Number.isNaN(sent)) throw new Error(`${task} failed by itself: ${result.said}`);
    result.stops++;
    result.codes.push(code);
    result.slowest = Math.max(result.slowest, performance.now() - sent);
  }
}

/** Every file below a folder that equal runs must have alike, with its SHA-256. */
export async function digest(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = `${dir}/${name}`;
    if (isDirectory) {
      for (const [below, sum] of Object.entries(await digest(path))) {
        found[`${name}/${below}`] = sum;
      }
    } else if (/\.(h5|npy|csv|svg|png)$/.test(name)) {
      const sum = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
      found[name] = new Uint8Array(sum).toHex();
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1));
}

/** Files that no run may leave behind. */
export async function leftovers(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    if (isDirectory) {
      found.push(...(await leftovers(`${dir}/${name}`)).map((it) => `${name}/${it}`));
    } else if (/\.tmp$|checkpoint/.test(name)) found.push(name);
  }
  return found;
}
