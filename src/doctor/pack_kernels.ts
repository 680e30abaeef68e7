/**
 * The shaders that pack kernels onto sheets against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor, sizeOf } from "../gpu/tensor.ts";
import { createLayout, quads } from "../nn/layout.ts";
import { packDense, packKernels } from "../nn/packed_kernels.ts";
import { read } from "../reference/network.ts";
import * as twins from "../reference/pack_kernels.ts";
import { between, type Case, coin, different, normals, ofTrials, poison, trialOf } from "./case.ts";
import { drawLayer, shareOf } from "./conv_layer.ts";

const packKernelsCase: Case = async (gpu, random, paper) => {
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

const packDenseCase: Case = async (gpu, random) => {
  const [inputs, outputs] = [between(random, 1, 37), between(random, 1, 37)];
  const trials = between(random, 2, 3);
  const { denses: [, layer], row } = createLayout({
    input: [1, 1, 1],
    blocks: [{ kernel: 1, filters: 1, stride: 1, pool: 1, poolStride: 1 }],
    ...{ dense: [inputs, outputs], dropout: [0, 0] },
  });
  const values = normals(random, [trials, row]);
  const parameters = createTensor(gpu, "parameters", [trials, row], values);
  const texels = quads(inputs) + between(random, 0, 2);
  const { packed, pack } = await packDense(gpu, layer, parameters, texels);
  uploadSheet(gpu, packed, poison([4 * sizeOf(packed.shape)]));
  submit(gpu, [pack]);
  const expected = ofTrials(trials, (trial) => {
    const { data } = trialOf(values, [row], trial);
    return twins.packDense(read(data, layer.weights), 4 * texels);
  });
  const error = different(await downloadSheet(gpu, packed), expected);
  return { shape: `${trials} trials of ${inputs} × ${outputs}`, error, bound: 0 };
};

/** By shader. */
export const packCases = {
  pack_kernels: packKernelsCase,
  pack_dense: packDenseCase,
} satisfies Record<string, Case>;
