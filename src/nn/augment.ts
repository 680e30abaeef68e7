/**
 * Fills a batch with warped, z-scored images.
 *
 * @module
 */
import augmentSource from "../../shaders/augment.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step } from "../gpu/shader.ts";
import type { Tensor } from "../gpu/tensor.ts";

const augmentShader = {
  name: "augment",
  source: augmentSource,
  bindings: { pixels: "read", slots: "read", clock: "read", x: "read_write" },
} as const satisfies Shader<string>;

/** Mean and standard deviation of each colour channel, on pixels in [0, 1]. */
export interface Normalization {
  mean: readonly number[];
  std: readonly number[];
}

/**
 * x = the images that the clock's slots name, warped and z-scored.
 *
 * @param pixels (IMAGES, HEIGHT, WIDTH) RGBA bytes.
 * @param slots (TRIALS or 1, STEPS · BATCH, 12)
 * @param x (TRIALS or 1, BATCH, HEIGHT, WIDTH, CHANNELS), CHANNELS 1 … 3.
 */
export async function augment(
  gpu: Gpu,
  { mean, std }: Normalization,
  { pixels, slots, clock, x }: { pixels: Tensor; slots: Tensor; clock: Tensor; x: Tensor },
): Promise<Step[]> {
  const [trials, batch, height, width, channels] = x.shape;
  const step = await bind(gpu, augmentShader, {
    buffers: { pixels, slots, clock, x },
    constants: {
      ...{ BATCH: batch, STEPS: slots.shape[1] / batch },
      ...{ HEIGHT: height, WIDTH: width, CHANNELS: channels },
      ...{ MEAN_R: mean[0], MEAN_G: mean[1], MEAN_B: mean[2] },
      ...{ STD_R: std[0], STD_G: std[1], STD_B: std[2] },
    },
    workgroups: [ceilDiv(height * width, 64), batch, trials],
  });
  return [step];
}
