/**
 * What trained trials make of images: the probability of each class, and how good that is.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { createSnapshots } from "../gpu/sheet.ts";
import { download } from "../gpu/tensor.ts";
import { bindEvaluation, type EvaluationOptions } from "./evaluate.ts";
import { evaluationMetrics, type Metrics } from "./metrics.ts";
import { createPace } from "./pace.ts";

/**
 * Predicts the classes of images, in the order in which `evaluate` sees them: all images, or copy
 * after copy.
 *
 * @param options As for `evaluate`, except that `copies` is 0 by default: the images as they are.
 * @returns For each trial, (N · max(1, copies), CLASSES) probabilities; each row adds up to 1.
 * @throws {TypeError | RangeError} When the images do not fit the network, or there are none.
 */
export async function predict(
  gpu: Gpu,
  { copies = 0, ...options }: EvaluationOptions,
): Promise<Float32Array<ArrayBuffer>[]> {
  const examined = await examine(gpu, { ...options, copies });
  return examined.map(({ probabilities }) => probabilities);
}

/** What a trained trial makes of labelled images. */
export interface Examination extends Omit<Metrics, "loss"> {
  /** The probabilities as `predict` gives them. */
  probabilities: Float32Array<ArrayBuffer>;
}

/**
 * What `evaluate` and `predict` find, to the bit, of images that go through the networks once.
 *
 * @returns One for each trial.
 */
export async function examine(gpu: Gpu, options: EvaluationOptions): Promise<Examination[]> {
  const classes = options.network.dense[options.network.dense.length - 1];
  return await gpu.scope(async (gpu) => {
    const evaluation = await bindEvaluation(gpu, options);
    const { batches, count, records, logits } = evaluation;
    const snapshots = createSnapshots(gpu, logits, batches.length);
    const pace = createPace(gpu, options.signal);
    for (const steps of batches) {
      await pace(steps);
      snapshots.take();
    }
    const [sums] = await download(gpu, [records]);
    const sheets = await snapshots.download();

    const [, batch, , quads] = logits.shape;
    return options.trials.map((_, t) => {
      const probabilities = new Float32Array(count * classes);
      for (let image = 0; image < count; image++) {
        const at = (t * batch + image % batch) * 4 * quads;
        const row = sheets[Math.floor(image / batch)].subarray(at, at + classes);
        probabilities.set(softmax(row), image * classes);
      }
      const { ce, accuracy } = evaluationMetrics(sums, t, evaluation);
      return { ce, accuracy, probabilities };
    });
  }, options.signal);
}

/** exp(z − max z), scaled to add up to 1; in float64. */
function softmax(logits: Float32Array): Float64Array {
  const largest = Math.max(...logits);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / sum);
}
