/**
 * The channel means and deviations by which pixels are z-scored (SPEC §1); the GPU does it as it warps
 * (shaders/augment.wgsl).
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { ImageSet } from "./folder.ts";

/** Per channel (red, green, blue), on pixels in [0, 1]: z = (pixel − mean) / std. */
export interface Channels {
  /** Means. */
  mean: [red: number, green: number, blue: number];
  /** Standard deviations. */
  std: [red: number, green: number, blue: number];
}

/** The authors' numbers for images in two random colours. */
export const AUTHORS_FB_CHANNELS: Readonly<Channels> = {
  mean: [0.4973, 0.4899, 0.5024],
  std: [0.2775, 0.2862, 0.2831],
};

/** The authors' numbers, measured on their silhouettes. */
export const AUTHORS_CHANNELS: Readonly<Channels> = {
  mean: [0.8406, 0.8420, 0.8554],
  std: [0.3160, 0.3158, 0.2952],
};

/**
 * Measures the channels of a set (`--normalize=data`), in float64 and without rounding on the way:
 * a channel has 256 values, so counting them is exact.
 *
 * @param images The training images.
 * @returns Mean and population standard deviation.
 * @throws Error if a channel has one value everywhere: it cannot be z-scored.
 */
export function measureChannels({ pixels }: Pick<ImageSet, "pixels">): Channels {
  const counts = [0, 1, 2].map(() => new Float64Array(256));
  for (let i = 0; i < pixels.length; i += 4) {
    for (let c = 0; c < 3; c++) counts[c][pixels[i + c]]++;
  }
  const total = pixels.length / 4;
  const average = (count: Float64Array, f: (value: number) => number) =>
    count.reduce((sum, n, byte) => sum + n * f(byte / 255), 0) / total;

  const mean = counts.map((count) => average(count, (value) => value));
  const std = counts.map((count, c) => Math.sqrt(average(count, (v) => (v - mean[c]) ** 2)));
  const flat = counts.findIndex((count) => count.filter((n) => n > 0).length < 2);
  if (flat >= 0) {
    const channel = ["red", "green", "blue"][flat];
    throw new Failure(
      "input",
      `Cannot normalize: the ${channel} channel is ${mean[flat].toFixed(4)} in every pixel. ` +
        `Use the authors' numbers, or other images`,
    );
  }
  return { mean: mean as Channels["mean"], std: std as Channels["std"] };
}
