/**
 * How much is trained where nobody says how much. The learning rate is no option: it is that of `ADAM`
 * (nn/adam); penalties have theirs in penalty.
 *
 * @module
 */

/** Passes over the training images; for the networks of the prior there are more. */
export const EPOCHS = 300, PRIOR_EPOCHS = 400;

/** Networks that train side by side, by the task. */
export const TRIALS = { phase1: 1, prior: 20, phase2: 1, grid: 10 } as const;

/** Images a step where new classes are learned from few. */
export const NEW_CLASSES_BATCH = 8;

/** Images a step in phase 1: the authors' 32, or of a small set a fifth. */
export const phase1Batch = (images: number): number =>
  Math.max(1, Math.min(32, Math.floor(images / 5)));

/** The part of phase 1's images that validates, and the seed that chooses it, whatever a network's seed is. */
export const VALIDATION_PART = 0.2, SPLIT_SEED = 0;
