import type { Gpu } from "../../src/gpu/device.ts";
import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { initialParameters } from "../../src/nn/initializer.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { createRandom } from "../../src/random.ts";
import { createEvaluation, evaluate } from "../../src/training/evaluate.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { train } from "../../src/training/train.ts";
import { assert, assertAlmostEquals, assertEquals } from "../helpers/assert.ts";
import { gpu as opened } from "../helpers/device.ts";
import { IN_TWO_COLOURS, toyImages, toyOptions } from "../helpers/toy.ts";

Deno.test("evaluate finds for the kept parameters what validation found in their epoch", async () => {
  const gpu = opened, bank = uploadImages(gpu, toyImages(30));
  const valid = { bank, indices: Array.from({ length: 27 }, (_, i) => i) }; // 54 copies: two batches
  const trained = await train(gpu, {
    ...toyOptions,
    train: { bank },
    valid,
    augmentation: IN_TWO_COLOURS,
  });
  const { network, normalization, copies } = toyOptions;
  const trials = trained.map(({ parameters }) => parameters);
  const shown = { examples: valid, normalization, copies, augmentation: IN_TWO_COLOURS };
  const results = await evaluate(gpu, { network, trials, ...shown });
  results.forEach(({ ce, accuracy }, t) => {
    const { history, bestEpoch } = trained[t];
    assertAlmostEquals(ce, history.valid[bestEpoch - 1].ce, 1e-6);
    assertEquals(accuracy, history.valid[bestEpoch - 1].accuracy);
  });
});

Deno.test("evaluate without copies shows images in their own colours, whatever their training", async () => {
  const gpu = opened, bank = uploadImages(gpu, toyImages(8));
  const { network, normalization } = toyOptions;
  const trials = [initialParameters(createLayout(network), createRandom(3))];
  const options = { network, trials, examples: { bank }, normalization, copies: 0 };
  assertEquals(
    await evaluate(gpu, { ...options, augmentation: IN_TWO_COLOURS }),
    await evaluate(gpu, options),
  );
});

Deno.test("createEvaluation gives the same records whether it keeps the warped images or not", async () => {
  const gpu: Gpu = { ...opened, tunedFor: "cpu" }; // a GPU's first layer warps them itself
  const bank = uploadImages(gpu, toyImages(30)); // 60 copies: two batches
  const { network, normalization, copies } = toyOptions;
  const layout = createLayout(network);
  const row = initialParameters(layout, createRandom(3));
  const evaluateTwice = async (keep: number) => {
    const parameters = createTensor(gpu, "parameters", [1, layout.row], row);
    const penalties = createTensor(gpu, "penalties", [1, 1]);
    const options = { parameters, penalties, examples: { bank }, normalization, copies, keep };
    const evaluation = await createEvaluation(gpu, layout, options);
    assertEquals(evaluation.batches.length, 2);
    const warps = evaluation.batches.flat().some(({ label }) => label === "augment");
    assertEquals(warps, keep === 0);
    assertEquals(evaluation.prepare.length, keep === 0 ? 0 : 2);
    for (const steps of evaluation.prepare) submit(gpu, steps);
    const results = [];
    for (let i = 0; i < 2; i++) {
      for (const step of evaluation.batches) submit(gpu, step);
      results.push(...await download(gpu, [evaluation.records]));
    }
    assertEquals(results[1], results[0]);
    return results[0];
  };
  assertEquals(await evaluateTwice(0), await evaluateTwice(1e9));
});

Deno.test("evaluate transforms copies as far as it is told", async () => {
  const bank = uploadImages(opened, toyImages(12)), { network, normalization } = toyOptions;
  const trials = [initialParameters(createLayout(network), createRandom(3))];
  const all = { network, trials, examples: { bank }, normalization };
  const still = { rotate: 0, shift: 0, flip: false, fb: false };
  const [plain] = await evaluate(opened, { ...all, copies: 0 });
  const copies = (augmentation?: typeof still) =>
    evaluate(opened, { ...all, copies: 3, augmentation });
  const [[same], [usual]] = [await copies(still), await copies()];
  assertAlmostEquals(same.ce, plain.ce, 1e-6);
  assert(Math.abs(usual.ce - plain.ce) > 1e-4, `${usual.ce} of copies, ${plain.ce}`);
});
