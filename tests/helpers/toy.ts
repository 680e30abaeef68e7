/**
 * A data set that a small network learns in a few epochs: dark on the left, or on the right.
 *
 * @module
 */
import { defaultAugmentation } from "../../src/data/augment.ts";
import { createRandom } from "../../src/random.ts";
import type { Images } from "../../src/training/examples.ts";
import type { TrainingState, TrainOptions } from "../../src/training/train.ts";

/** Side of the toy images. */
export const SIDE = 12;

/** As usual, and in two random colours. */
export const IN_TWO_COLOURS = { ...defaultAugmentation(SIDE), fb: true };

/** Draws `count` images of two classes in turn. */
export function toyImages(count: number): Images {
  const random = createRandom(1);
  const pixels = new Uint8Array(count * SIDE * SIDE * 4);
  for (let i = 0; i < pixels.length; i++) {
    const right = Math.floor(i / 4) % SIDE >= SIDE / 2;
    const image = Math.floor(i / 4 / SIDE / SIDE);
    pixels[i] = (right === (image % 2 === 1) ? 40 : 200) + random.integer(30);
  }
  const labels = Int32Array.from({ length: count }, (_, image) => image % 2);
  return { pixels, labels, height: SIDE, width: SIDE };
}

/** A network for them, and how to train it; what is missing is the data. */
export const toyOptions: Omit<TrainOptions, "train" | "valid"> = {
  network: {
    input: [SIDE, SIDE, 3],
    blocks: [{ kernel: 3, filters: 4, stride: 1, pool: 2, poolStride: 2 }],
    dense: [2],
    dropout: [0.2],
  },
  seeds: [1, 2, 3],
  copies: 2,
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3] },
  batch: 4,
  epochs: 4,
  regularizer: { lambda: 0.001, denseL2: [0.001] },
};

/** Hands over copies of a training's states: after each epoch, or at the signal alone. */
export const keepTo = (
  keep: (state: TrainingState) => void,
  isDue = true,
): TrainOptions["checkpoint"] => ({
  isDue: () => isDue,
  write: (state) => Promise.resolve(keep(structuredClone(state))),
  flush: () => Promise.resolve(),
});
