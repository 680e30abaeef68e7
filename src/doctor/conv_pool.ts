/**
 * The shaders of conv → ReLU → max-pool against their twins.
 *
 * @module
 */
import sumPartialsSource from "../../shaders/sum_partials.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step, submit } from "../gpu/shader.ts";
import { createTensor, download, sizeOf, type Tensor, upload } from "../gpu/tensor.ts";
import { convPoolBackward, convPoolForward, createConvPoolMaps } from "../nn/conv_pool.ts";
import { createKernelPages } from "../nn/kernel_pages.ts";
import { type ConvLayout, createLayout } from "../nn/layout.ts";
import type { Random } from "../random.ts";
import { type Array64, arrayOf } from "../reference/array.ts";
import * as twins from "../reference/conv_pool.ts";
import { read } from "../reference/network.ts";
import { packKernels } from "../reference/pack_kernels.ts";
import {
  between,
  type Case,
  coin,
  different,
  normals,
  ofTrials,
  poison,
  relative,
  ROUNDING,
  store,
  trialOf,
  words,
} from "./case.ts";

const BATCH = 3;

/** A layer in the middle of a row, how many trials of it run, and what on. */
interface Draw {
  layer: ConvLayout;
  /** Elements of a row. */
  row: number;
  trials: number;
  shape: string;
  /** (TRIALS or 1, BATCH, HEIGHT, WIDTH, CHANNELS) */
  x: Float32Array<ArrayBuffer>;
  /** (TRIALS, ROW) */
  parameters: Float32Array<ArrayBuffer>;
  /** (TRIALS, BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS): z or dz */
  z: Float32Array<ArrayBuffer>;
  /** (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) */
  dy: Float32Array<ArrayBuffer>;
}

/** Sizes that divide nothing; now and then so many trials that their kernels fill several pages. */
function drawLayer(random: Random): Draw {
  const [kernel, stride] = [between(random, 1, 7), between(random, 1, 3)];
  const [pool, poolStride] = [between(random, 1, 4), between(random, 1, 4)];
  const [channels, filters] = [between(random, 1, 11), between(random, 1, 13)];
  const many = random.integer(3) === 0;
  const trials = many ? 14 : between(random, 2, 3);
  const [height, width] = [between(random, 2, many ? 5 : 17), between(random, 2, many ? 5 : 21)];
  const shared = coin(random);
  const [convHeight, convWidth] = [ceilDiv(height, stride), ceilDiv(width, stride)];
  const products = sizeOf([trials, BATCH, convHeight, convWidth, kernel ** 2, channels, filters]);
  if (pool > Math.min(convHeight, convWidth) || products > 3e6) return drawLayer(random);

  // Layers around it give it an offset in the row, and borders to its maps.
  const first = { kernel: 1, filters: channels, stride: 1, pool: 1, poolStride: 1 };
  const last = { kernel: 4, filters: 1, stride: 1, pool: 1, poolStride: 1 };
  const { convs: [, layer], row } = createLayout({
    input: [height, width, 1],
    blocks: [first, { kernel, filters, stride, pool, poolStride }, last],
    ...{ dense: [2], dropout: [0] },
  });
  return {
    ...{ layer, row, trials },
    shape: `${trials} trials × ${BATCH}${shared ? " shared" : ""} images ${height}×${width}×` +
      `${channels}, ${filters} filters ${kernel}×${kernel} stride ${stride}, ` +
      `pool ${pool}×${pool} stride ${poolStride}`,
    x: normals(random, [shared ? 1 : trials, BATCH, height, width, channels]),
    parameters: normals(random, [trials, row]),
    z: normals(random, [trials, BATCH, convHeight, convWidth, filters]),
    dy: normals(random, [trials, BATCH, layer.outHeight, layer.outWidth, filters]),
  };
}

/** One trial's share of the drawn data. */
function shareOf({ layer, row, ...draw }: Draw, trial: number) {
  const { height, width, channels, convHeight, convWidth, outHeight, outWidth, filters } = layer;
  const { data: parameters } = trialOf(draw.parameters, [row], trial);
  return {
    x: trialOf(draw.x, [BATCH, height, width, channels], trial),
    kernel: read(parameters, layer.weights),
    bias: read(parameters, layer.bias),
    z: trialOf(draw.z, [BATCH, convHeight, convWidth, filters], trial),
    dy: trialOf(draw.dy, [BATCH, outHeight, outWidth, filters], trial),
  };
}

/** The tensors of a layer: drawn data, and poison in all that a shader should write. */
function createTensors(gpu: Gpu, { layer, row, trials, ...draw }: Draw) {
  const { height, width, channels, outHeight, outWidth, filters } = layer;
  const maps = createConvPoolMaps(gpu, layer, trials, BATCH);
  upload(gpu, maps.z, storeZ(layer, poison([draw.z.length])));
  upload(gpu, maps.y, storeY(layer, poison([draw.dy.length])));
  upload(gpu, maps.argmax, poison(maps.argmax.shape));
  const images = draw.x.length / (BATCH * height * width * channels);
  const create = (label: string, shape: number[], data: Float32Array<ArrayBuffer>) =>
    createTensor(gpu, label, shape, data);
  const x = store(draw.x, [height, width], layer.x);
  return {
    ...maps,
    x: create("x", [images, BATCH, layer.x.height, layer.x.width, channels], x),
    parameters: create("parameters", [trials, row], draw.parameters),
    gradients: create("gradients", [trials, row], poison([trials, row])),
    dy: create("dy", [trials, BATCH, outHeight, outWidth, filters], draw.dy),
    dx: create(
      "dx",
      [trials, BATCH, height, width, channels],
      poison([trials, BATCH, height, width, channels]),
    ),
  };
}

const storeZ = (layer: ConvLayout, values: ArrayLike<number>) =>
  store(values, [layer.convHeight, layer.convWidth], layer.z);
const storeY = (layer: ConvLayout, values: ArrayLike<number>) =>
  store(values, [layer.outHeight, layer.outWidth], layer.y);

/** A trial's gradient row: poison but for this layer's part. */
function gradientRow(
  { layer, row }: Draw,
  { dkernel, dbias }: { dkernel: Array64; dbias: Array64 },
): Array64 {
  const gradients = arrayOf([row], poison([row]));
  gradients.data.set(dkernel.data, layer.weights.offset);
  gradients.data.set(dbias.data, layer.bias.offset);
  return gradients;
}

/** Runs some of the steps that a layer's forward or backward pass is made of. */
async function runSteps(
  gpu: Gpu,
  steps: readonly Step[],
  chosen: readonly string[],
  outputs: readonly Tensor[],
): Promise<Float32Array<ArrayBuffer>[]> {
  submit(gpu, steps.filter(({ label }) => chosen.includes(label)));
  return await download(gpu, outputs);
}

const packCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, row, trials, shape } = draw;
  const direction = coin(random) ? "forward" : "backward";
  const parameters = createTensor(gpu, "parameters", [trials, row], draw.parameters);
  const { pages, pack, tile } = await createKernelPages(gpu, layer, parameters, direction);
  for (const { kernel } of pages) upload(gpu, kernel, poison(kernel.shape));
  submit(gpu, [pack]);
  const actual = await download(gpu, pages.map(({ kernel }) => kernel));

  const units = ofTrials(
    trials,
    (trial) => packKernels(shareOf(draw, trial).kernel, tile, direction),
  );
  const unit = units.length / pages.reduce((sum, { units }) => sum + units, 0);
  let error = 0, first = 0;
  pages.forEach(({ units: count }, p) => {
    const page = Float64Array.from(poison([actual[p].length]));
    page.set(units.subarray(first, first += count * unit));
    error += different(actual[p], page);
  });
  return { shape: `${shape}, ${direction}, ${pages.length} pages`, error, bound: 0 };
};

const convCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, trials, shape } = draw;
  const tensors = createTensors(gpu, draw);
  const steps = await convPoolForward(gpu, layer, tensors);
  const [z] = await runSteps(gpu, steps, ["pack_kernels", "conv"], [tensors.z]);
  const expected = ofTrials(trials, (trial) => {
    const { x, kernel, bias } = shareOf(draw, trial);
    return twins.conv(layer, x, kernel, bias);
  });
  return { shape, error: relative(z, storeZ(layer, expected)), bound: ROUNDING };
};

const maxPoolCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, trials, shape } = draw;
  draw.z = draw.z.map(Math.round); // ties, and zeros that are told apart from the dead
  const tensors = createTensors(gpu, draw);
  const steps = await convPoolForward(gpu, layer, tensors);
  upload(gpu, tensors.z, storeZ(layer, draw.z));
  const [y, argmax] = await runSteps(gpu, steps, ["max_pool"], [tensors.y, tensors.argmax]);
  const twin = (trial: number) => twins.maxPool(layer, shareOf(draw, trial).z);
  const error = different(y, storeY(layer, ofTrials(trials, (trial) => twin(trial).y))) +
    different(words(argmax), ofTrials(trials, (trial) => twin(trial).argmax));
  return { shape, error, bound: 0 };
};

const maxPoolBackwardCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, trials, shape } = draw;
  const tensors = createTensors(gpu, draw);
  const steps = await convPoolBackward(gpu, layer, tensors);
  const argmax = (trial: number) => twins.maxPool(layer, shareOf(draw, trial).z).argmax;
  upload(gpu, tensors.argmax, Uint32Array.from(ofTrials(trials, argmax)));
  const [dz] = await runSteps(gpu, steps, ["max_pool_backward"], [tensors.z]);
  const expected = ofTrials(
    trials,
    (trial) => twins.maxPoolBackward(layer, shareOf(draw, trial).dy, argmax(trial)),
  );
  return { shape, error: relative(dz, storeZ(layer, expected)), bound: ROUNDING };
};

const SUMMED = ["conv_backward_kernel", "conv_pool_backward_kernel", "sum_partials"];

/** With sum_partials: only the sums leave the layer. */
const backwardKernelCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, trials, shape } = draw;
  const tensors = createTensors(gpu, draw);
  const steps = await convPoolBackward(gpu, layer, tensors);
  upload(gpu, tensors.z, storeZ(layer, draw.z));
  const [gradients] = await runSteps(gpu, steps, SUMMED, [tensors.gradients]);
  const expected = ofTrials(trials, (trial) => {
    const { x, z } = shareOf(draw, trial);
    return gradientRow(draw, twins.convBackwardKernel(layer, x, z));
  });
  return { shape, error: relative(gradients, expected), bound: ROUNDING };
};

/** With sum_partials, as a first layer: one whose input needs no gradient. */
const poolBackwardKernelCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, trials, shape } = draw;
  const { dx: _, ...tensors } = createTensors(gpu, draw);
  const steps = await convPoolBackward(gpu, layer, tensors);
  const argmax = (trial: number) => twins.maxPool(layer, shareOf(draw, trial).z).argmax;
  upload(gpu, tensors.argmax, Uint32Array.from(ofTrials(trials, argmax)));
  const [gradients] = await runSteps(gpu, steps, SUMMED, [tensors.gradients]);
  const expected = ofTrials(trials, (trial) => {
    const { x, dy } = shareOf(draw, trial);
    return gradientRow(draw, twins.convPoolBackwardKernel(layer, x, dy, argmax(trial)));
  });
  return { shape, error: relative(gradients, expected), bound: ROUNDING };
};

const backwardInputCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, trials, shape } = draw;
  const tensors = createTensors(gpu, draw);
  const steps = await convPoolBackward(gpu, layer, tensors);
  upload(gpu, tensors.z, storeZ(layer, draw.z));
  const [dx] = await runSteps(gpu, steps, ["pack_kernels", "conv_backward_input"], [tensors.dx]);
  const expected = ofTrials(trials, (trial) => {
    const { z, kernel } = shareOf(draw, trial);
    return twins.convBackwardInput(layer, z, kernel);
  });
  return { shape, error: relative(dx, expected), bound: ROUNDING };
};

const sumPartialsShader = {
  name: "sum_partials",
  source: sumPartialsSource,
  bindings: { partials: "read", gradients: "read_write" },
} as const satisfies Shader<string>;

/** Bound here by itself: a layer keeps its partial sums to itself. */
const sumPartialsCase: Case = async (gpu, random) => {
  const trials = between(random, 2, 3);
  const [count, size] = [between(random, 1, 40), between(random, 1, 99)];
  const offset = between(random, 0, 9), row = offset + size + between(random, 0, 9);
  const values = normals(random, [trials, count, size]);
  const partials = createTensor(gpu, "partials", [trials, count, size], values);
  const gradients = createTensor(gpu, "gradients", [trials, row], poison([trials, row]));
  const step = await bind(gpu, sumPartialsShader, {
    buffers: { partials, gradients },
    constants: { PARTIALS: count, SIZE: size, OFFSET: offset, ROW: row },
    workgroups: [ceilDiv(size, 64), 1, trials],
  });
  submit(gpu, [step]);
  const [actual] = await download(gpu, [gradients]);
  const expected = ofTrials(trials, (trial) => {
    const sums = arrayOf([row], poison([row]));
    sums.data.set(twins.sumPartials(trialOf(values, [count, size], trial)).data, offset);
    return sums;
  });
  const shape = `${trials} trials × ${count} partial sums of ${size}`;
  return { shape, error: relative(actual, expected), bound: ROUNDING };
};

/** By shader. */
export const convPoolCases = {
  pack_kernels: packCase,
  conv: convCase,
  max_pool: maxPoolCase,
  max_pool_backward: maxPoolBackwardCase,
  conv_backward_kernel: backwardKernelCase,
  conv_pool_backward_kernel: poolBackwardKernelCase,
  sum_partials: sumPartialsCase,
  conv_backward_input: backwardInputCase,
} satisfies Record<string, Case>;
