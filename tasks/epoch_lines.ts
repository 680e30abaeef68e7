/**
 * How far a group of trials is: one line an epoch off a terminal, one line for all epochs on it.
 *
 * @module
 */
import type { EpochEvent, GroupEvent, Metrics } from "../mod.ts";

/** What the epochs of a group have come to. */
export interface GroupState {
  group: GroupEvent;
  /** The last epoch. */
  last: EpochEvent;
  /** Seconds that the epochs took, binding included. */
  took: number;
  /** Seconds an epoch takes: the mean, of about the last ten. */
  pace: number;
  /** The lowest validation loss and the highest accuracy of all trials up to this epoch. */
  best: { loss: number; accuracy: number };
}

/** Adds an epoch to what its group has come to; `before` is absent for the first. */
export function addEpoch(
  group: GroupEvent,
  last: EpochEvent,
  before: GroupState | undefined,
): GroupState {
  const { epoch, seconds, trials } = last.report;
  const now = seconds.train + seconds.valid;
  const took = (before?.took ?? 0) + seconds.bind + now;
  const pace = before ? before.pace + (now - before.pace) / Math.min(epoch, 10) : now;
  const best = before?.best ?? group.best ?? { loss: Infinity, accuracy: 0 };
  const valid = trials.flatMap((trial) => trial ? [trial.valid] : []);
  return {
    group,
    last,
    took,
    pace,
    best: {
      loss: Math.min(best.loss, ...valid.map(({ loss }) => loss)),
      accuracy: Math.max(best.accuracy, ...valid.map(({ accuracy }) => accuracy)),
    },
  };
}

/** The last epoch in one line, as Keras prints it: means over the trials side by side. */
export function formatEpoch({ last, best }: GroupState): string {
  const { report: { epoch, trials, seconds }, epochs } = last;
  const took = seconds.bind + seconds.train + seconds.valid;
  const figures = (part: "train" | "valid", prefix: string) =>
    (["loss", "ce", "accuracy"] as const)
      .map((key) => `${prefix}${key}: ${mean(trials, part, key).toFixed(4)}`);
  return [
    `Epoch ${epoch}/${epochs}`,
    `${took.toFixed(1)}s`,
    ...figures("train", ""),
    ...figures("valid", "val_"),
    `best_val_loss: ${best.loss.toFixed(4)}`,
    `${imagesPerSecond(last)} images/s`,
  ].join(" - ");
}

/** Narrowest and widest bar. */
const [NARROW, WIDE] = [4, 30];

/** A bar and what is known, in the longest wording that leaves the terminal's last column free. */
export function formatStatus(state: GroupState, columns: number): string {
  const { epoch } = state.last.report;
  const wordings = wordStatus(state);
  const room = (text: string) => columns - 1 - " ".length - text.length;
  const text = wordings.find((text) => room(text) >= NARROW);
  if (text === undefined) return wordings.at(-1)!;
  const width = Math.min(WIDE, room(text));
  const done = Math.floor(width * epoch / state.last.epochs);
  return `${"█".repeat(done)}${"░".repeat(width - done)} ${text}`;
}

/** What is known of a group, in ever fewer characters. */
function wordStatus({ group, last, took, pace, best }: GroupState): string[] {
  const { report: { epoch, trials }, epochs } = last;
  const of = `${String(epoch).padStart(String(epochs).length)}/${epochs}`;
  const rate = imagesPerSecond(last);
  const left = pace * (epochs - epoch);
  const later = group.total - group.finished - group.trials; // trials of the groups to come
  const all = left + pace * epochs * later / group.trials;
  const run = later > 0 ? `, run ${formatDuration(all)}` : "";
  const time = left > 0 ? `left ${formatDuration(left)}${run}` : `took ${formatDuration(took)}`;
  const [loss, accuracy] = [mean(trials, "valid", "loss"), mean(trials, "valid", "accuracy")];
  const percent = (part: number) => `${(100 * part).toFixed(0)}%`;
  const figures = (digits: number, word: string) =>
    `${loss.toPrecision(digits)}${word}${best.loss.toPrecision(digits)} ` +
    `acc ${percent(accuracy)}${word}${percent(best.accuracy)}`;
  return [
    [
      `epoch ${of}`,
      `${rate} images/s`,
      time,
      `val_loss ${loss.toFixed(4)}, best ${best.loss.toFixed(4)}`,
      `val_accuracy ${accuracy.toFixed(4)}, best ${best.accuracy.toFixed(4)}`,
    ].join("  "),
    `${of}  ${rate}/s  ${time}  val loss ${figures(4, " best ")}`,
    `${of} ${rate}/s ${time} loss ${figures(3, " best ")}`,
    `${of} ${rate}/s ${time} loss ${figures(3, "/")}`,
    `${of} ${time}`,
    of,
  ];
}

/** The mean over the trials that have not diverged. */
function mean(
  trials: EpochEvent["report"]["trials"],
  part: "train" | "valid",
  key: keyof Metrics,
): number {
  const values = trials.flatMap((trial) => trial ? [trial[part][key]] : []);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Training images of all trials side by side, validation not counted. */
function imagesPerSecond({ report: { trials, seconds }, images }: EpochEvent): string {
  return (trials.length * images / seconds.train).toFixed(0);
}

/** 1:02:33, 5:12 or 0:07. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
