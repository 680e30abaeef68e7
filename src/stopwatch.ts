/**
 * Where the time of a run goes, part by part.
 *
 * @module
 */

/** Seconds of a run by what they were spent on; their sum is the whole. */
export interface TimeSplit {
  /** Finding, reading, decoding and resizing the images. */
  reading: number;
  /** Copying the images to the GPU. */
  uploading: number;
  /** Making tensors, compiling shaders and binding them to each other. */
  compiling: number;
  /** Training steps, augmentation included. */
  training: number;
  /** Validation after every epoch. */
  validation: number;
  /** Evaluation on the test images, its shaders included; 0 in phase 1. */
  testing: number;
  /** Writing weights and curves. */
  saving: number;
  /** All else. */
  other: number;
}

/** Adds up the time of a run; the parts must not overlap. */
export interface Stopwatch {
  /** Runs work and counts the time until it is done. */
  time<T>(
    part: "reading" | "uploading" | "testing" | "saving",
    work: () => T | Promise<T>,
  ): Promise<T>;
  /** Counts an epoch, which training has timed itself. */
  addEpoch(seconds: { bind: number; train: number; valid: number }): void;
  /** The time since the start, up to now. */
  split(): TimeSplit;
}

/** Starts a stopwatch. */
export function startStopwatch(): Stopwatch {
  const start = performance.now();
  const parts: Omit<TimeSplit, "other"> = {
    reading: 0,
    uploading: 0,
    compiling: 0,
    training: 0,
    validation: 0,
    testing: 0,
    saving: 0,
  };
  return {
    async time(part, work) {
      const begin = performance.now();
      const result = await work();
      parts[part] += (performance.now() - begin) / 1000;
      return result;
    },
    addEpoch({ bind, train, valid }) {
      parts.compiling += bind;
      parts.training += train;
      parts.validation += valid;
    },
    split() {
      const known = Object.values(parts).reduce((sum, seconds) => sum + seconds, 0);
      return { ...parts, other: (performance.now() - start) / 1000 - known };
    },
  };
}
