/**
 * The augmentation shader against its twin.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { augment, createImages } from "../nn/augment.ts";
import { createLayout } from "../nn/layout.ts";
import { drawBank } from "./bank.ts";
import { between, type Case, poison, relative, ROUNDING } from "./case.ts";
import { toSheet } from "./stored.ts";

const augmentCase: Case = async (gpu, random) => {
  const [height, width] = [between(random, 4, 21), between(random, 4, 21)];
  const [channels, batch, trials] = [between(random, 1, 3), 3, between(random, 1, 3)];
  const block = { kernel: between(random, 1, 5), filters: 1, stride: 1, pool: 1, poolStride: 1 };
  const { x: map } = createLayout({
    input: [height, width, channels],
    blocks: [block],
    ...{ dense: [2], dropout: [0] },
  }).convs[0];
  const { images, warped } = drawBank(gpu, random, {
    ...{ trials, batch, channels },
    size: [height, width],
  });
  const size = [height, width, channels] as const;
  const x = createImages(gpu, "x", map, trials, batch);
  uploadSheet(gpu, x, toSheet(poison([trials * batch * height * width * channels]), size, map));
  submit(gpu, await augment(gpu, map, images, x));
  return {
    shape: `${trials} trials × ${batch} images ${height}×${width}×${channels}, border ` +
      `${map.top} of ${map.height - height} lines`,
    error: relative(await downloadSheet(gpu, x), toSheet(warped, size, map)),
    bound: ROUNDING,
  };
};

/** By shader. */
export const augmentCases = { augment: augmentCase } satisfies Record<string, Case>;
