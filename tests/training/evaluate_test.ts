import { evaluate } from "../../src/training/evaluate.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { train } from "../../src/training/train.ts";
import { assertAlmostEquals, assertEquals } from "../assert.ts";
import { gpu } from "../device.ts";
import { toyImages, toyOptions } from "./toy.ts";

Deno.test("evaluate finds for the kept parameters what validation found in their epoch", async () => {
  const bank = uploadImages(gpu, toyImages(30));
  const valid = { bank, indices: Array.from({ length: 27 }, (_, i) => i) }; // 54 copies: two batches
  const trained = await train(gpu, { ...toyOptions, train: { bank }, valid });
  const { network, normalization, copies } = toyOptions;
  const trials = trained.map(({ parameters }) => parameters);
  const results = await evaluate(gpu, { network, trials, examples: valid, normalization, copies });
  results.forEach(({ ce, accuracy }, t) => {
    const { history, bestEpoch } = trained[t];
    assertAlmostEquals(ce, history.valid[bestEpoch - 1].ce, 1e-6);
    assertEquals(accuracy, history.valid[bestEpoch - 1].accuracy);
  });
});
