/**
 * The shaders that pack kernels onto sheets against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor, sizeOf } from "../gpu/tensor.ts";
import { quads } from "../nn/layout.ts";
import { packKernels } from "../nn/packed_kernels.ts";
import * as twins from "../reference/pack_kernels.ts";
import { type Case, different, ofTrials } from "./case.ts";
import { drawLayer, shareOf } from "./conv_layer.ts";
import { coin, poison } from "./draws.ts";

export const packKernelsCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, row, trials, shape } = draw;
  const direction = coin(random) ? "forward" : "backward";
  const maps = direction === "forward" ? layer.channels : layer.filters;
  const chunk = coin(random) ? maps : Math.min(maps, 4);
  const texels = quads(chunk * layer.kernel ** 2);
  const chunks = { chunk, count: Math.ceil(maps / chunk), texels };
  const parameters = createTensor(gpu, "parameters", [trials, row], draw.parameters);
  const { packed, pack } = await packKernels(gpu, layer, parameters, direction, chunks);
  uploadSheet(gpu, packed, poison([4 * sizeOf(packed.shape)]));
  submit(gpu, [pack]);
  const expected = ofTrials(trials, (trial) => {
    const { kernel, bias } = shareOf(draw, trial);
    return twins.packKernels(kernel, bias, chunk, direction);
  });
  const error = different(await downloadSheet(gpu, packed), expected);
  return { shape: `${shape}, ${direction}, ${chunks.count} chunks`, error, bound: 0 };
};
