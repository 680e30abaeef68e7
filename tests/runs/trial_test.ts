import { readKerasWeights } from "../../src/io/keras_h5.ts";
import { readNpy } from "../../src/io/npy.ts";
import { writeTrial } from "../../src/runs/trial.ts";
import { assertEquals } from "../helpers/assert.ts";
import { test } from "../helpers/folders.ts";

test("writeTrial writes six curves in float64 and the weights", async (dir) => {
  const kernel = { shape: [1, 1, 1, 2], data: Float32Array.of(1, 2) };
  const bias = { shape: [2], data: Float32Array.of(3, 4) };
  const weights = new Map([["conv2d_1.kernel", kernel], ["conv2d_1.bias", bias]]);
  const train = [{ loss: 1, ce: 2, accuracy: 0.1 }, { loss: 4, ce: 5, accuracy: 0.2 }];
  const valid = [{ loss: 7, ce: 8, accuracy: 0.3 }, { loss: 10, ce: 11, accuracy: 0.4 }];
  await writeTrial(`${dir}/trial000`, { train, valid }, weights);
  const expected = {
    train_losses: [1, 4],
    train_CCEs: [2, 5],
    train_accs: [0.1, 0.2],
    valid_losses: [7, 10],
    valid_CCEs: [8, 11],
    valid_accs: [0.3, 0.4],
  };
  for (const [name, values] of Object.entries(expected)) {
    const { shape, data } = await readNpy(`${dir}/trial000/${name}.npy`);
    assertEquals([shape, data], [[2], Float64Array.from(values)], name);
  }
  assertEquals(await readKerasWeights(`${dir}/trial000/cnn.h5`), weights);
});
