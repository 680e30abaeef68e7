/**
 * The dense layers' shaders against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import type { Gpu } from "../gpu/device.ts";
import { createTensor, download, sizeOf } from "../gpu/tensor.ts";
import { denseBackward, denseForward } from "../nn/dense.ts";
import { createFlat } from "../nn/dropout.ts";
import { createLayout, type DenseLayout, quads } from "../nn/layout.ts";
import type { Random } from "../random.ts";
import * as twins from "../reference/dense.ts";
import { read } from "../reference/network.ts";
import { type Case, ofTrials, relative, ROUNDING, trialOf } from "./case.ts";
import { gradientRow } from "./conv_layer.ts";
import { between, coin, normals, poison } from "./draws.ts";
import { fill, fromPlanes } from "./stored.ts";

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
    layer,
    row,
    trials,
    batch,
    shape: `${trials} trials × ${batch} images, ${inputs} → ${outputs}${layer.relu ? " ReLU" : ""}`,
    x: normals(random, [trials, batch, inputs]).map((value) => Math.max(value, 0)),
    dy: normals(random, [trials, batch, outputs]),
    parameters: normals(random, [trials, row]),
  };
}

/** The input on its sheet, and the parameters. */
function createInputs(gpu: Gpu, { layer: { inputs }, row, trials, batch, ...draw }: Draw) {
  const x = createFlat(gpu, "x", [trials, batch], inputs);
  uploadSheet(gpu, x, fill(draw.x, inputs, 4 * sizeOf(x.shape.slice(2))));
  return { x, parameters: createTensor(gpu, "parameters", [trials, row], draw.parameters) };
}

export const denseCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, row, trials, batch, shape } = draw;
  const inputs = createInputs(gpu, draw);
  const y = createSheet(gpu, "y", [trials, batch, 1, quads(layer.outputs)]);
  uploadSheet(gpu, y, poison([4 * sizeOf(y.shape)]));
  submit(gpu, [await denseForward(gpu, layer, { ...inputs, y })]);
  const expected = ofTrials(trials, (trial) => {
    const { data: parameters } = trialOf(draw.parameters, [row], trial);
    const x = trialOf(draw.x, [batch, layer.inputs], trial);
    const [kernel, bias] = [read(parameters, layer.weights), read(parameters, layer.bias)];
    return twins.dense(x, kernel, bias, layer.relu);
  });
  const filled = fill(expected, layer.outputs, 4 * quads(layer.outputs));
  return { shape, error: relative(await downloadSheet(gpu, y), filled), bound: ROUNDING };
};

/** The gradients of the parameters, or of the input: whichever is asked for. */
export const backwardCase = (wanted: "gradients" | "dx"): Case => async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, row, trials, batch, shape } = draw;
  const { inputs, outputs } = layer;
  const buffers = createInputs(gpu, draw);
  // The input was a map: any that has as many values.
  const divisors = (n: number) =>
    Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
  const pick = (choices: number[]) => choices[random.integer(choices.length)];
  const channels = pick(divisors(inputs));
  const height = pick(divisors(inputs / channels));
  const map = { height, width: inputs / channels / height, channels };
  const size = [map.height, map.width, map.channels] as const;
  const planes = [trials, batch, channels, height, 4 * quads(map.width)];
  const line = 4 * quads(outputs);
  const gradientOf = {
    dy: createTensor(gpu, "dy", [trials, batch, line], fill(draw.dy, outputs, line)),
    gradients: createTensor(gpu, "gradients", [trials, row], poison([trials, row])),
    dx: createTensor(gpu, "dx", planes, poison(planes)),
  };
  submit(gpu, await denseBackward(gpu, layer, map, { ...buffers, ...gradientOf }));
  const [actual] = await download(gpu, [gradientOf[wanted]]);
  const expected = ofTrials(trials, (trial) => {
    const x = trialOf(draw.x, [batch, inputs], trial);
    const dy = trialOf(draw.dy, [batch, outputs], trial);
    if (wanted === "dx") {
      const { data: parameters } = trialOf(draw.parameters, [row], trial);
      return twins.denseBackwardInput(dy, x, read(parameters, layer.weights), layer.dropout);
    }
    return gradientRow(draw, twins.denseBackwardKernel(x, dy));
  });
  const error = relative(wanted === "dx" ? fromPlanes(actual, size) : actual, expected);
  return { shape: `${shape}, from ${size.join("×")}`, error, bound: ROUNDING };
};
