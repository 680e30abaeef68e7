/**
 * What training and evaluation report, summed in float64 from the GPU's records.
 *
 * @module
 */

/** Loss with the penalty, cross-entropy without, accuracy in [0, 1]. */
export interface Metrics {
  /** Cross-entropy (weighted, in training) plus penalty. */
  loss: number;
  /** Mean cross-entropy in nats. */
  ce: number;
  /** The part of the images whose largest logit is their label's. */
  accuracy: number;
}

/** Means over an epoch's batches, each weighted by its images, as Keras reports them. */
export function epochMetrics(
  sums: Float32Array,
  trial: number,
  steps: number,
  batch: number,
  images: number,
): Metrics {
  let loss = 0, ce = 0, correct = 0;
  for (let s = 0; s < steps; s++) {
    const [weighted, plain, right, penalty] = sums.subarray(4 * (trial * steps + s));
    loss += weighted + penalty * Math.min(batch, images - s * batch);
    ce += plain;
    correct += right;
  }
  return { loss: loss / images, ce: ce / images, accuracy: correct / images };
}

/** Means over the evaluated images; `count` of them lie behind the records of all batches. */
export function evaluationMetrics(
  sums: Float32Array,
  trial: number,
  { batches, count }: { batches: readonly unknown[]; count: number },
): Metrics {
  const steps = batches.length;
  let ce = 0, correct = 0;
  for (let s = 0; s < steps; s++) {
    ce += sums[4 * (trial * steps + s) + 1];
    correct += sums[4 * (trial * steps + s) + 2];
  }
  const penalty = sums[4 * trial * steps + 3];
  return { loss: ce / count + penalty, ce: ce / count, accuracy: correct / count };
}
