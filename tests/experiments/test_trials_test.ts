import { writeKerasWeights } from "../../src/io/keras_h5.ts";
import { trialName, weightsFile } from "../../src/runs/file_names.ts";
import { initialParameters } from "../../src/nn/initializer.ts";
import { createLayout, namedParameters } from "../../src/nn/layout.ts";
import { createRandom } from "../../src/random.ts";
import { sumConfusion, testTrials } from "../../src/experiments/test_trials.ts";
import { COPIES, evaluate } from "../../src/training/evaluate.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { predict } from "../../src/training/predict.ts";
import { assertEquals } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { test } from "../helpers/folders.ts";
import { IN_TWO_COLOURS, toyImages, toyOptions } from "../helpers/toy.ts";

test("testTrials shows the images to all networks once, and counts what evaluate and predict say", async (resultsDir) => {
  const { network, normalization } = toyOptions;
  const model = { network, normalization, classes: ["left", "right, or so"] };
  const layout = createLayout(network);
  const trials = [0, 1].map((trial) => ({ folder: trialName(trial), trial }));
  const rows = await Promise.all(trials.map(async ({ folder, trial }) => {
    const row = initialParameters(layout, createRandom(trial));
    await Deno.mkdir(`${resultsDir}/${folder}`);
    await writeKerasWeights(weightsFile(`${resultsDir}/${folder}`), namedParameters(layout, row));
    return row;
  }));
  const images = toyImages(5);
  const set = {
    ...images,
    classes: model.classes,
    ignored: [],
    names: ["a", "b", "c", "d", "e"],
  };
  const bank = uploadImages(gpu, images);

  const { device } = gpu, { createTexture } = device;
  let inputs = 0;
  device.createTexture = (descriptor) => {
    if (descriptor.label === "evaluation x") inputs++;
    return createTexture.call(device, descriptor);
  };
  const augmentation = IN_TWO_COLOURS;
  const data = { model, layout, augmentation, sets: { train: set, valid: set, test: set } };
  const tested = await testTrials(gpu, data, bank, { resultsDir, trials })
    .finally(() => device.createTexture = createTexture);
  assertEquals(inputs, 1);

  const shown = { examples: { bank }, normalization, copies: COPIES, augmentation };
  const options = { network, trials: rows, ...shown };
  assertEquals(tested.map(({ figures }) => figures), await evaluate(gpu, options));
  const probabilities = await predict(gpu, options);
  for (const [t, { rows, confusion }] of tested.entries()) {
    assertEquals(rows.length, 5 * COPIES);
    const [right, wrong] = probabilities[t].subarray(2 * 7); // image c of the second copy
    const [name, most] = right > wrong ? ["left", right] : [`"right, or so"`, wrong];
    assertEquals(rows[7], `trial00${t},c,left,1,${name},${most}`);
    const correct = confusion[0][0] + confusion[1][1];
    assertEquals(correct / rows.length, tested[t].figures.accuracy);
  }
  const sum = sumConfusion(tested, 2).flat().reduce((a, b) => a + b);
  assertEquals(sum, 2 * 5 * COPIES);
});
