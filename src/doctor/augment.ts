/**
 * The augmentation shader against its twin.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { augment, createImages } from "../nn/augment.ts";
import { drawBank } from "./bank.ts";
import { type Case, relative, ROUNDING } from "./case.ts";
import { layoutOf } from "./conv_layer.ts";
import { between, poison } from "./draws.ts";
import { toSheet } from "./stored.ts";

export const augmentCase: Case = async (gpu, random) => {
  const [height, width] = [between(random, 4, 21), between(random, 4, 21)];
  const [channels, batch, trials] = [between(random, 1, 3), 3, between(random, 1, 3)];
  const { convs: [{ x: map }] } = layoutOf(
    [height, width, channels],
    { kernel: between(random, 1, 5) },
  );
  const sizes = { trials, batch, channels, size: [height, width] as [number, number] };
  const { images, warped } = drawBank(gpu, random, sizes);
  const size = [height, width, channels] as const;
  const x = createImages(gpu, "x", map, trials, batch);
  uploadSheet(gpu, x, toSheet(poison([trials * batch * height * width * channels]), size, map));
  submit(gpu, await augment(gpu, map, images, x));
  return {
    shape: `${trials} trials × ${batch} images ${height}×${width}×${channels}, border ` +
      `${map.top} of ${map.height - height} lines${images.fb ? ", two colours" : ""}`,
    error: relative(await downloadSheet(gpu, x), toSheet(warped, size, map)),
    bound: ROUNDING,
  };
};
