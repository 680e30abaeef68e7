import { initialParameters } from "../../src/nn/initializer.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { createRandom } from "../../src/random.ts";
import { arrayOf } from "../../src/reference/array.ts";
import { forward } from "../../src/reference/network.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { listExamples, uploadImages } from "../../src/training/examples.ts";
import { examine, predict } from "../../src/training/predict.ts";
import { assert, assertAlmostEquals, assertEquals, assertRelative } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { SIDE, toyImages, toyOptions } from "../helpers/toy.ts";

const images = toyImages(29); // 3 copies: two batches of 44, 5 copies: three of 49; none fits
const bank = uploadImages(gpu, images);
const { normalization } = toyOptions;
/** Five classes: the logits of an image take more than one texel, and do not fill the last. */
const network = { ...toyOptions.network, dense: [5] };
const layout = createLayout(network);
const trials = [3, 8].map((seed) => initialParameters(layout, createRandom(seed)));

Deno.test("predict agrees with evaluate on the same copies, and on the images as they are", async () => {
  const labels = listExamples({ bank }, network).map(({ label }) => label);
  for (const copies of [0, 3, 5]) {
    const options = { network, trials, examples: { bank }, normalization, copies };
    const [probabilities, metrics] = [await predict(gpu, options), await evaluate(gpu, options)];
    assertEquals(probabilities.length, 2);
    for (const [t, { ce, accuracy }] of metrics.entries()) {
      const count = probabilities[t].length / 5;
      assertEquals(count, 29 * Math.max(1, copies));
      let [sum, correct] = [0, 0];
      for (let i = 0; i < count; i++) {
        const row = probabilities[t].subarray(5 * i, 5 * i + 5);
        assertAlmostEquals(row.reduce((a, b) => a + b), 1, 1e-6);
        sum -= Math.log(row[labels[i % 29]]);
        if (row[labels[i % 29]] === Math.max(...row)) correct++;
      }
      assertAlmostEquals(sum / count, ce, 1e-5);
      assertAlmostEquals(correct / count, accuracy, 1e-5);
    }
    assert(metrics[0].ce !== metrics[1].ce);
  }
});

Deno.test("examine gives what evaluate and predict give, to the bit", async () => {
  const options = { network, trials, examples: { bank }, normalization, copies: 3 };
  const examined = await examine(gpu, options);
  const [metrics, probabilities] = [await evaluate(gpu, options), await predict(gpu, options)];
  assertEquals(examined, metrics.map((it, t) => ({ ...it, probabilities: probabilities[t] })));
});

Deno.test("predict sees by default the images as they are, as the float64 twin does", async () => {
  const indices = [4, 28, 11];
  const examples = { bank, indices };
  const probabilities = await predict(gpu, { network, trials, examples, normalization });
  const pixels = indices.flatMap((image) => {
    const rgba = images.pixels.subarray(image * SIDE * SIDE * 4, (image + 1) * SIDE * SIDE * 4);
    return [...rgba].flatMap((byte, i) => i % 4 === 3 ? [] : [(byte / 255 - 0.5) / 0.3]);
  });
  const batch = {
    images: arrayOf([3, SIDE, SIDE, 3], pixels),
    slots: listExamples(examples, network),
    classWeights: new Float64Array(5).fill(1),
  };
  for (const [t, row] of trials.entries()) {
    const { logits } = forward(layout, Float64Array.from(row), batch);
    const powers = logits.data.map(Math.exp);
    const expected = powers.map((power, i) => {
      const first = i - i % 5;
      return power / powers.subarray(first, first + 5).reduce((a, b) => a + b);
    });
    assertRelative(probabilities[t], expected, 1e-5);
  }
});

Deno.test("predict gives copies in the order in which they are drawn", async () => {
  const options = { network, trials, examples: { bank }, normalization };
  const [one] = await predict(gpu, { ...options, copies: 1 });
  const [two] = await predict(gpu, { ...options, copies: 2 });
  assertEquals(two.subarray(0, one.length), one);
});
