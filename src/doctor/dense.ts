/**
 * The dense layers' shaders against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download } from "../gpu/tensor.ts";
import { denseBackward, denseForward } from "../nn/dense.ts";
import { createLayout, type DenseLayout } from "../nn/layout.ts";
import type { Random } from "../random.ts";
import { arrayOf } from "../reference/array.ts";
import * as twins from "../reference/dense.ts";
import { read } from "../reference/network.ts";
import {
  between,
  type Case,
  coin,
  normals,
  ofTrials,
  poison,
  relative,
  ROUNDING,
  trialOf,
} from "./case.ts";

/** A layer in the middle of a row, or its last, and what it runs on. */
interface Draw {
  layer: DenseLayout;
  row: number;
  trials: number;
  batch: number;
  shape: string;
  /** (TRIALS, BATCH, INPUTS), half of them 0, as after ReLU and dropout */
  x: Float32Array<ArrayBuffer>;
  /** (TRIALS, BATCH, OUTPUTS) */
  dy: Float32Array<ArrayBuffer>;
  /** (TRIALS, ROW) */
  parameters: Float32Array<ArrayBuffer>;
}

function drawLayer(random: Random): Draw {
  const [inputs, outputs] = [between(random, 1, 37), between(random, 1, 37)];
  const [trials, batch] = [between(random, 2, 3), between(random, 1, 19)];
  const rate = 0.9 * random.uniform();
  const after = coin(random) ? [] : [2]; // ReLU stands where another layer follows
  const { denses: [, layer], row } = createLayout({
    input: [1, 1, 1],
    blocks: [{ kernel: 1, filters: 1, stride: 1, pool: 1, poolStride: 1 }],
    dense: [inputs, outputs, ...after],
    dropout: [0, rate, ...after.map(() => 0)],
  });
  return {
    ...{ layer, row, trials, batch },
    shape: `${trials} trials × ${batch} images, ${inputs} → ${outputs}${layer.relu ? " ReLU" : ""}`,
    x: normals(random, [trials, batch, inputs]).map((value) => Math.max(value, 0)),
    dy: normals(random, [trials, batch, outputs]),
    parameters: normals(random, [trials, row]),
  };
}

const denseCase: Case = async (gpu, random) => {
  const { layer, row, trials, batch, shape, ...draw } = drawLayer(random);
  const outputs = [trials, batch, layer.outputs];
  const tensors = {
    x: createTensor(gpu, "x", [trials, batch, layer.inputs], draw.x),
    parameters: createTensor(gpu, "parameters", [trials, row], draw.parameters),
    y: createTensor(gpu, "y", outputs, poison(outputs)),
  };
  submit(gpu, await denseForward(gpu, layer, tensors));
  const [actual] = await download(gpu, [tensors.y]);
  const expected = ofTrials(trials, (trial) => {
    const { data: parameters } = trialOf(draw.parameters, [row], trial);
    const x = trialOf(draw.x, [batch, layer.inputs], trial);
    return twins.dense(
      x,
      read(parameters, layer.weights),
      read(parameters, layer.bias),
      layer.relu,
    );
  });
  return { shape, error: relative(actual, expected), bound: ROUNDING };
};

/** The gradients of the parameters, or of the input: whichever is asked for. */
const backwardCase = (wanted: "gradients" | "dx"): Case => async (gpu, random) => {
  const { layer, row, trials, batch, shape, ...draw } = drawLayer(random);
  const inputs = [trials, batch, layer.inputs];
  const tensors = {
    x: createTensor(gpu, "x", inputs, draw.x),
    dy: createTensor(gpu, "dy", [trials, batch, layer.outputs], draw.dy),
    parameters: createTensor(gpu, "parameters", [trials, row], draw.parameters),
    gradients: createTensor(gpu, "gradients", [trials, row], poison([trials, row])),
    dx: createTensor(gpu, "dx", inputs, poison(inputs)),
  };
  submit(gpu, await denseBackward(gpu, layer, tensors));
  const [actual] = await download(gpu, [tensors[wanted]]);
  const expected = ofTrials(trials, (trial) => {
    const x = trialOf(draw.x, [batch, layer.inputs], trial);
    const dy = trialOf(draw.dy, [batch, layer.outputs], trial);
    if (wanted === "dx") {
      const { data: parameters } = trialOf(draw.parameters, [row], trial);
      return twins.denseBackwardInput(dy, x, read(parameters, layer.weights), layer.dropout);
    }
    const { dkernel, dbias } = twins.denseBackwardKernel(x, dy);
    const gradients = arrayOf([row], poison([row])); // the other layers' parts stay as they were
    gradients.data.set(dkernel.data, layer.weights.offset);
    gradients.data.set(dbias.data, layer.bias.offset);
    return gradients;
  });
  return { shape, error: relative(actual, expected), bound: ROUNDING };
};

/** By shader. */
export const denseCases = {
  dense: denseCase,
  dense_backward_input: backwardCase("dx"),
  dense_backward_kernel: backwardCase("gradients"),
} satisfies Record<string, Case>;
