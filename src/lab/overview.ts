/**
 * How far the story on the disk is, and with which settings its trainings were begun.
 *
 * @module
 */
import { readJson } from "../io/files.ts";
import { configFile, summaryFile } from "../runs/file_names.ts";
import type { Disk } from "./memory_disk.ts";
import type { Overview, Settings, Step } from "./protocol.ts";
import { FOLDERS } from "./sections.ts";

/** The settings of the page, as they were when something was begun last. */
export const SETTINGS = "lab.json";

/** The options of a training that are settings of the page. */
interface Begun {
  seed: number;
  size: number;
  epochs: number;
  trials: number;
  seeds: number;
  alpha: number;
}

/** How far each step is. */
export function overview(disk: Disk): Overview {
  const state = (step: Step) => {
    const dir = FOLDERS[step];
    if (step === "images") return disk.find(dir) ? "done" : "none";
    if (disk.find(summaryFile(dir)) && !isUnfinished(disk, dir)) return "done";
    return disk.find(configFile(dir)) ? "begun" : "none";
  };
  const steps = Object.fromEntries(
    (Object.keys(FOLDERS) as Step[]).map((step) => [step, state(step)]),
  ) as Overview["steps"];
  const stored = disk.find(SETTINGS);
  const settings = stored && stored !== "folder"
    ? JSON.parse(new TextDecoder().decode(stored.bytes))
    : undefined;
  return { steps, settings };
}

/** Whether trials of a run are still to be trained: phase 1 writes its summary group by group. */
function isUnfinished(disk: Disk, dir: string): boolean {
  return disk.walk(dir).some((path) => /\/checkpoint[^/]*$/.test(path));
}

/** What training was begun with, which going on keeps; SK-reg's pair of networks is L2's. */
export async function begunWith(disk: Disk, step: Step, settings: Settings): Promise<Settings> {
  let known = settings;
  for (const one of step === "sk" ? ["l2", "sk"] as const : [step]) {
    const file = configFile(FOLDERS[one]);
    if (!disk.find(file)) continue;
    const { options } = await readJson<{ options: Begun }>(file);
    const { seed, size, epochs, trials, seeds, alpha } = options;
    known = one === "phase1"
      ? { ...known, seed, size, epochs, networks: trials }
      : { ...known, seed, size, newEpochs: epochs, seeds, [one]: alpha };
  }
  return known;
}
