/**
 * The kernel data set on disk: a folder of trials of one experiment, which may be trained in parts, by
 * several processes or on several machines (`--first-trial`).
 *
 * @module
 */
import { readJson } from "./files.ts";
import {
  checkFolder,
  claimFolder,
  isTrialFinished,
  summaryFile,
  trialFolder,
} from "./run_folder.ts";

/** What a data set's summary.json must hold. */
export interface DatasetSummary {
  /** One entry a trial, by number. */
  trials: { trial: number }[];
  /** What must agree before trials count as one experiment. */
  settings: Record<string, unknown>;
}

/** The trials that are about to be trained. */
export interface DatasetPart {
  /** Their numbers in the experiment. */
  numbers: readonly number[];
  /** What must agree with the trials that stand there. */
  settings: Record<string, unknown>;
  /** Whether results that are in the way may be replaced. */
  overwrite: boolean;
}

/**
 * Makes sure, before the training, that a folder can take these trials. Touches nothing.
 *
 * @throws {Error} When it holds one of them, or another experiment, and `overwrite` is false; or as
 *   `checkFolder`.
 */
export async function checkDataset(dir: string, part: DatasetPart): Promise<void> {
  await checkFolder(dir, { overwrite: true });
  const earlier = await readDataset(dir, part.settings);
  if (!earlier) return await checkFolder(dir, { overwrite: part.overwrite });
  const taken = earlier.trials.map(({ trial }) => trial).filter((n) => part.numbers.includes(n));
  if (taken.length > 0 && !part.overwrite) {
    const rest = part.numbers.filter((number) => !taken.includes(number));
    const advice = rest.length > 0 ? `train the others with ${spell(rest)}, or ` : "";
    throw new Error(
      `Cannot train trials ${taken.join(", ")} into ${dir}: they are there already; ` +
        `${advice}replace them with --overwrite`,
    );
  }
  for (const number of part.numbers) {
    const trial = trialFolder(dir, number);
    const info = await Deno.stat(trial).catch(() => null);
    if (info && !info.isDirectory) {
      throw new Error(`Cannot write trial ${number}: ${trial} is a file; remove it`);
    }
  }
}

/** The options that train the first unbroken run of these trials. */
function spell(numbers: readonly number[]): string {
  const end = numbers.findIndex((number, i) => i > 0 && number !== numbers[i - 1] + 1);
  const count = end < 0 ? numbers.length : end;
  return `--first-trial=${numbers[0]} --trials=${count}`;
}

/**
 * Makes the folder ready for trials that are trained and about to be written: if it holds another
 * experiment, that one goes (with `overwrite`) or stays (an error).
 *
 * To be called, with the writing, inside `withLock`: another part may be writing too.
 *
 * @returns The summary of the same experiment's other trials, if there are any.
 */
export async function claimDataset<S extends DatasetSummary>(
  dir: string,
  { numbers, settings, overwrite }: DatasetPart,
): Promise<S | undefined> {
  const earlier = await readDataset<S>(dir, settings);
  if (!earlier) {
    await claimFolder(dir, { overwrite });
    return undefined;
  }
  return { ...earlier, trials: earlier.trials.filter(({ trial }) => !numbers.includes(trial)) };
}

/** Reads the summary of an experiment with these settings; trials whose weights are gone are left out. */
async function readDataset<S extends DatasetSummary>(
  dir: string,
  settings: Record<string, unknown>,
): Promise<S | undefined> {
  const summary = await readJson<S>(summaryFile(dir)).catch(() => undefined);
  if (JSON.stringify(summary?.settings) !== JSON.stringify(settings)) return undefined;
  const finished = await Promise.all(
    summary!.trials.map(({ trial }) => isTrialFinished(dir, trial)),
  );
  return { ...summary!, trials: summary!.trials.filter((_, i) => finished[i]) };
}
