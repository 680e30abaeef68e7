import { epochMetrics, evaluationMetrics } from "../../src/training/metrics.ts";
import { assertEquals } from "../helpers/assert.ts";

// (TRIALS, STEPS, 4): Σ class weight · ce, Σ ce, Σ correct, penalty
const records = Float32Array.from([[9, 9, 9, 9, 9, 9, 9, 9], [4, 8, 3, 0.5, 1, 2, 1, 0.25]].flat());

Deno.test("epochMetrics weighs each batch's penalty by its images", () => {
  // Trial 1 of 2: batches of 4 and 2 images.
  const expected = { loss: (4 + 1 + 4 * 0.5 + 2 * 0.25) / 6, ce: 10 / 6, accuracy: 4 / 6 };
  assertEquals(epochMetrics(records, 1, 2, 4, 6), expected);
});

Deno.test("evaluationMetrics adds the penalty once and leaves out class weights", () => {
  const expected = { loss: 10 / 5 + 0.5, ce: 10 / 5, accuracy: 4 / 5 };
  assertEquals(evaluationMetrics(records, 1, { batches: [[], []], count: 5 }), expected);
});
