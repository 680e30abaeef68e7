/**
 * The shaders that pack kernels onto sheets against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor, sizeOf } from "../gpu/tensor.ts";
import { quads } from "../nn/layout.ts";
import { type Packing, packKernels } from "../nn/packed_kernels.ts";
import { arrayOf } from "../reference/array.ts";
import * as twins from "../reference/pack_kernels.ts";
import { type Case, different, ofTrials } from "./case.ts";
import { drawLayer, shareOf } from "./conv_layer.ts";
import { coin, poison } from "./draws.ts";

export const packKernelsCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, row, trials, shape } = draw;
  const both = [true, false].map((forward): Packing => {
    const maps = forward ? layer.channels : layer.filters;
    const chunk = coin(random) ? maps : Math.min(maps, 4);
    const texels = quads(chunk * layer.kernel ** 2);
    const chunks = { chunk, count: Math.ceil(maps / chunk), texels };
    return { layer, direction: forward ? "forward" : "backward", chunks };
  });
  const packings = coin(random) ? both : both.toReversed();
  const parameters = createTensor(gpu, "parameters", [trials, row], draw.parameters);
  const { packed, tops, pack } = await packKernels(gpu, parameters, packings);
  const [, rows, width] = packed.shape, untouched = poison([rows, 4 * width]);
  uploadSheet(gpu, packed, poison([4 * sizeOf(packed.shape)]));
  submit(gpu, [pack]);
  const expected = ofTrials(trials, (trial) => {
    const { kernel, bias } = shareOf(draw, trial), all = arrayOf([rows, 4 * width], untouched);
    packings.forEach(({ direction, chunks }, i) => {
      const { data, shape } = twins.packKernels(kernel, bias, chunks.chunk, direction);
      for (let r = 0; r < shape[0]; r++) {
        const line = data.subarray(r * shape[1], (r + 1) * shape[1]);
        all.data.set(line, (tops[i] + r) * 4 * width);
      }
    });
    return all;
  });
  const error = different(await downloadSheet(gpu, packed), expected);
  const cut = packings.map(({ direction, chunks }) => `${direction} in ${chunks.count} chunks`);
  return { shape: `${shape}, ${cut.join(", ")}`, error, bound: 0 };
};
