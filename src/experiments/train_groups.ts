/**
 * Trains what remains of a run, group by group, and keeps it: what phase 1, phase 2 and the grid share.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { type Layout, namedParameters } from "../nn/layout.ts";
import type { Checkpoint } from "../runs/checkpoint.ts";
import type { Run, TrialResult } from "../runs/run.ts";
import type { RunTrial } from "../runs/trial.ts";
import type { Stopwatch } from "../stopwatch.ts";
import {
  type EpochReport,
  train,
  type TrainedTrial,
  type TrainOptions,
} from "../training/train.ts";
import type { TrainingEvent } from "./events.ts";

/** What differs from trial to trial, for some that train side by side. */
export type OfTrials = Pick<
  TrainOptions,
  "seeds" | "regularizer" | "classWeights" | "drawKernels"
>;

/** What a run trains, and who watches. */
export interface GroupsOptions<T extends RunTrial> {
  /** The folder, taken, and its trials. */
  run: Run<T>;
  /** Sizes of their network. */
  layout: Layout;
  /** How many train side by side at most, see `trialsAtOnce`. */
  atOnce: number;
  /** What all of them share. */
  common: Pick<
    TrainOptions,
    | ("network" | "normalization" | "augmentation")
    | ("batch" | "epochs" | "train" | "valid" | "signal")
  >;
  /** Tell the weights after each epoch, too. */
  watchWeights?: boolean;
  /** What belongs to some of them alone. */
  ofTrials(trials: readonly T[]): OfTrials;
  /** Trials of different kinds do not train together; default: all are of one kind. */
  kindOf?(trial: T): unknown;
  /** Some trials in a few words. */
  nameOf(trials: readonly T[]): string;
  /** Counts the time. */
  watch: Stopwatch;
  /** Told of each group and each epoch. */
  on(event: TrainingEvent): void;
  /** Called when a group is saved and others are to follow. */
  onSaved?(so: Progress): Promise<unknown>;
}

/** What training came to. */
export interface Progress {
  /**
   * The seconds that each saved trial took, interrupted parts of its run included: its share of what the
   * trials took that trained side by side with it.
   */
  took: Map<RunTrial, number>;
  /** Training images seen, by all trials together. */
  images: number;
  /** Seconds of training steps, augmentation included, validation not. */
  seconds: number;
  /** Trials whose numbers are no longer finite, and the epoch in which that was seen. */
  diverged: { trial: RunTrial; epoch: number }[];
}

/** Trains the remaining trials, as many side by side as they may; each group is saved. */
export async function trainGroups<T extends RunTrial>(
  gpu: Gpu,
  { run, layout, atOnce, common, watch, on, watchWeights, ...options }: GroupsOptions<T>,
): Promise<Progress> {
  const progress: Progress = { took: new Map(), images: 0, seconds: 0, diverged: [] };
  const total = run.trials.length;
  let finished = total - run.remaining.length;
  let isLogBroken = false;
  const tellFailure = () => {
    const failure = run.failure();
    if (!failure || isLogBroken) return;
    isLogBroken = true;
    on({ kind: "warning", text: `${failure}; the training goes on without its log` });
  };
  for (const text of run.warnings) on({ kind: "warning", text });
  const { bank, indices } = common.train;
  const images = (indices ?? bank.labels).length;
  for (const { trials: part, from } of await run.groups(atOnce, options.kindOf)) {
    const start = performance.now();
    const what = options.nameOf(part);
    on({ kind: "group", what, trials: part.length, finished, total, ...describeFrom(from) });
    const checkpoint = run.checkpoint(part);
    const onStop = (epoch: number) => on({ kind: "stop", epoch });
    const onParameters = (epoch: number, rows: Float32Array<ArrayBuffer>) => {
      const trials = part.map((_, t) => rows.slice(t * layout.row, (t + 1) * layout.row))
        .map((row) => namedParameters(layout, row));
      on({ kind: "weights", epoch, trials });
    };
    const told = { onStop, onParameters: watchWeights ? onParameters : undefined };
    const trained = await train(
      gpu,
      { ...common, ...options.ofTrials(part), from, checkpoint, ...told },
      (report) => {
        progress.seconds += report.seconds.train;
        progress.images += part.length * images;
        watch.addEpoch(report.seconds);
        run.add(report.epoch, logEntries(report, part));
        tellFailure();
        on({ kind: "epoch", report, epochs: common.epochs, images });
      },
    );
    const results = listResults(layout, part, trained, progress);
    await watch.time("saving", () => run.save(results));
    const took = (from?.spent ?? 0) + (performance.now() - start) / 1000;
    for (const { trial } of results) progress.took.set(trial, took / results.length);
    tellFailure();
    finished += part.length;
    if (finished < total) await options.onSaved?.(progress);
  }
  return progress;
}

/**
 * Ends a run some of whose trials diverged.
 *
 * @throws {Failure} "diverged", naming their folders and epochs.
 */
export function refuseDivergence({ diverged }: Progress): void {
  if (diverged.length === 0) return;
  const list = diverged.map(({ trial: { folder }, epoch }) =>
    `${folder === "." ? "the network" : folder} (epoch ${epoch})`
  );
  throw new Failure(
    "diverged",
    `Training diverged: the numbers of ${list.join(", ")} are no longer finite; all others ` +
      `are saved. Check the images and λ, or use another seed`,
  );
}

/** What to save of a group: all trials but those that diverged. */
function listResults(
  layout: Layout,
  trials: readonly RunTrial[],
  trained: readonly TrainedTrial[],
  { diverged }: Progress,
): TrialResult[] {
  return trained.flatMap(({ history, parameters, diverged: epoch }, i) => {
    const trial = trials[i];
    if (epoch === undefined) {
      return [{ trial, history, weights: namedParameters(layout, parameters) }];
    }
    diverged.push({ trial, epoch });
    return [];
  });
}

/** What an epoch brought the trials that have not diverged. */
function logEntries<T>({ trials }: EpochReport, all: readonly T[]) {
  return all.flatMap((trial, i) => {
    const metrics = trials[i];
    return metrics ? [{ trial, ...metrics }] : [];
  });
}

/** What a group that goes on brought so far. */
function describeFrom(from?: Checkpoint) {
  const valid = from?.histories.flatMap(({ valid }) => valid) ?? [];
  if (!from || valid.length === 0) return { from: 0 };
  const loss = valid.reduce((least, { loss }) => Math.min(least, loss), Infinity);
  const accuracy = valid.reduce((most, { accuracy }) => Math.max(most, accuracy), 0);
  return { from: from.epoch, best: { loss, accuracy } };
}
