/**
 * Softmax and cross-entropy of one trial's batch.
 *
 * @module
 */
import type { Slot } from "../nn/slots.ts";
import { type Array64, get, set, zeros } from "./array.ts";

/**
 * ce = log Σ n: exp(logits[n]) − logits[label], and the gradient of Σ weight · class weight · ce:
 *
 * dlogits[n] = weight · class weight · (softmax(logits)[n] − [n = label]).
 *
 * @param logits (BATCH, CLASSES)
 * @param slots (BATCH): label and weight of each image; null has no loss and no gradient.
 * @param classWeights (CLASSES)
 * @returns losses (BATCH, 4): class weight · ce, ce, 1 if the largest logit is the label's, 0;
 *   dlogits (BATCH, CLASSES)
 */
export function softmaxCrossEntropy(
  logits: Array64,
  slots: readonly (Slot | null)[],
  classWeights: ArrayLike<number>,
): { losses: Array64; dlogits: Array64 } {
  const [batch, classes] = logits.shape;
  const losses = zeros([batch, 4]);
  const dlogits = zeros([batch, classes]);
  slots.forEach((slot, b) => {
    if (!slot) return;
    const { label, weight } = slot;
    const image = Array.from({ length: classes }, (_, n) => get(logits, b, n));
    const top = Math.max(...image); // taken out of every exp: e⁷¹⁰ is more than float64 holds
    const sum = image.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
    const ce = Math.log(sum) + top - image[label];
    const correct = image.indexOf(top) === label ? 1 : 0;
    [classWeights[label] * ce, ce, correct, 0].forEach((value, i) => set(losses, [b, i], value));
    image.forEach((logit, n) => {
      const difference = Math.exp(logit - top) / sum - (n === label ? 1 : 0);
      set(dlogits, [b, n], weight * classWeights[label] * difference);
    });
  });
  return { losses, dlogits };
}
