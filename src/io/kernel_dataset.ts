/**
 * The kernel data set on disk: a folder of trials of one experiment, which may be trained in parts, by
 * several processes or on several machines (`--first-trial`).
 *
 * @module
 */
import { readJson } from "./files.ts";
import { checkFolder, claimFolder, isTrialFinished, summaryFile } from "./run_folder.ts";

/** What a data set's summary.json must hold. */
export interface DatasetSummary {
  /** One entry a trial, by number. */
  trials: { trial: number }[];
  /** What must agree before trials count as one experiment. */
  settings: Record<string, unknown>;
}

/** The trials that are about to be trained. */
export interface DatasetPart {
  numbers: readonly number[];
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
  const taken = earlier.trials.find(({ trial }) => part.numbers.includes(trial));
  if (taken && !part.overwrite) {
    throw new Error(
      `Cannot train trial ${taken.trial} into ${dir}: it is there already; ` +
        `replace it with --overwrite, or choose other trials or another folder`,
    );
  }
}

/**
 * Makes the folder ready for trials that are trained and about to be written: if it holds another
 * experiment, that one goes (with `overwrite`) or stays (an error).
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
