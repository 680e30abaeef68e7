/**
 * When the checkpoints of a training are written: beside its next epoch, which does not wait for the disk.
 *
 * @module
 */
import { type Checkpoint, writeCheckpoint } from "./checkpoint.ts";

/** Keeps the state of a group of trials. */
export interface CheckpointKeeper {
  /** Whether it is time. */
  isDue(): boolean;
  /** Begins to write a state, whose histories may grow meanwhile. */
  write(state: Omit<Checkpoint, keyof Whose>): Promise<void>;
  /** Waits until it is written. @throws {Failure} "disk" if it could not be. */
  flush(): Promise<void>;
}

/** Whose state it is. */
type Whose = Pick<Checkpoint, "settings" | "made" | "folders">;

/** A checkpoint of at most so many bytes is written after every epoch, */
const SMALL = 2 ** 23;
/** a larger one as soon as copying it costs at most this part of the time, */
const MOST_COST = 0.02;
/** and at the latest after so many milliseconds. */
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
