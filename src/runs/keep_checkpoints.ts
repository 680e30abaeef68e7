/**
 * When the checkpoints of a training are written: beside its next epoch, which does not wait for the disk.
 *
 * @module
 */
import type { TrainingState, TrainOptions } from "../training/train.ts";
import { type Checkpoint, writeCheckpoint } from "./checkpoint.ts";

/** Keeps the state of a group of trials; what the disk refuses is thrown by the next call that waits. */
export type CheckpointKeeper = NonNullable<TrainOptions["checkpoint"]>;

/** Whose state it is. */
type Whose = Omit<Checkpoint, keyof TrainingState>;

/** Bytes of a checkpoint that is small enough to be written after every epoch. */
const SMALL = 2 ** 23;
/** The part of the time that copying larger ones may cost. */
const MOST_COST = 0.02;
/** Milliseconds after which even the largest is written again. */
const LONGEST = 30_000;

/**
 * Keeps the checkpoints of a group, so often that it costs little and loses little.
 *
 * @param dir The folder in which they lie.
 */
export function keepCheckpoints(dir: string, whose: Whose): CheckpointKeeper {
  let last = { at: performance.now(), cost: 0, bytes: 0 };
  let asked = last.at;
  let writing: Promise<void> = Promise.resolve();
  return {
    isDue() {
      asked = performance.now();
      return last.bytes <= SMALL || asked - last.at >= Math.min(LONGEST, last.cost / MOST_COST);
    },
    async write(state) {
      await writing;
      writing = writeCheckpoint(dir, { ...whose, ...state });
      const now = performance.now();
      last = { at: now, cost: now - asked, bytes: 4 * 4 * state.parameters.length };
      writing.catch(() => {}); // it is thrown where it is waited for
    },
    flush: () => writing,
  };
}
