/**
 * The shaders of conv → ReLU → max-pool against their twins.
 *
 * @module
 */
import sumPartialsSource from "../../shaders/sum_partials.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step, submit } from "../gpu/shader.ts";
import { createTensor, download, sizeOf, upload } from "../gpu/tensor.ts";
import { convPoolBackward, convPoolForward, createConvPoolMaps } from "../nn/conv_pool.ts";
import { createKernelPages } from "../nn/kernel_pages.ts";
import { type ConvLayout, createLayout } from "../nn/layout.ts";
import type { Random } from "../random.ts";
import { arrayOf } from "../reference/array.ts";
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
  trialOf,
  words,
} from "./case.ts";

const BATCH = 3;

/** A layer in the middle of a row, and how many trials of it run. */
interface Draw {
  layer: ConvLayout;
  /** Elements of a row. */
  row: number;
  trials: number;
  /** Whether all trials see the same images. */
  shared: boolean;
  shape: string;
}

/** Sizes that divide nothing; 14 trials now and then, because their kernels fill several pages. */
function drawLayer(random: Random): Draw {
  const [kernel, stride] = [between(random, 1, 7), between(random, 1, 3)];
  const [pool, poolStride] = [between(random, 1, 4), between(random, 1, 4)];
  const [channels, filters] = [between(random, 1, 7), between(random, 1, 13)];
  const [height, width] = [between(random, 1, 13), between(random, 1, 19)];
  const trials = random.integer(4) === 0 ? 14 : between(random, 2, 3);
  const shared = coin(random);
  const [convHeight, convWidth] = [ceilDiv(height, stride), ceilDiv(width, stride)];
  const products = sizeOf([trials, BATCH, convHeight, convWidth, kernel ** 2, channels, filters]);
  if (pool > Math.min(convHeight, convWidth) || products > 1e6) return drawLayer(random);

  const before = { kernel: 1, filters: channels, stride: 1, pool: 1, poolStride: 1 };
  const { convs, row } = createLayout({
    input: [height, width, 1],
    blocks: [before, { kernel, filters, stride, pool, poolStride }],
    ...{ dense: [2], dropout: [0] },
  });
  return {
    ...{ layer: convs[1], row, trials, shared },
    shape: `${trials} trials × ${BATCH}${shared ? " shared" : ""} images ${height}×${width}×` +
      `${channels}, ${filters} filters ${kernel}×${kernel} stride ${stride}, ` +
      `pool ${pool}×${pool} stride ${poolStride}`,
  };
}

/** Random images, parameters and gradients of y and z for one layer. */
function drawData(random: Random, { layer, row, trials, shared }: Draw) {
  const { height, width, channels, convHeight, convWidth, outHeight, outWidth, filters } = layer;
  const shapes = {
    x: [BATCH, height, width, channels],
    z: [BATCH, convHeight, convWidth, filters],
    y: [BATCH, outHeight, outWidth, filters],
  };
  return {
    shapes,
    x: normals(random, [shared ? 1 : trials, ...shapes.x]),
    z: normals(random, [trials, ...shapes.z]),
    y: normals(random, [trials, ...shapes.y]),
    parameters: normals(random, [trials, row]),
  };
}

/** Uploads the data, poisons all that is written, and binds both directions. */
async function prepare(gpu: Gpu, draw: Draw, data: ReturnType<typeof drawData>) {
  const { layer, row, trials, shared } = draw;
  const maps = createConvPoolMaps(gpu, layer, trials, BATCH);
  for (const map of Object.values(maps)) upload(gpu, map, poison(map.shape));
  const tensors = {
    ...maps,
    x: createTensor(gpu, "x", [shared ? 1 : trials, ...data.shapes.x], data.x),
    parameters: createTensor(gpu, "parameters", [trials, row], data.parameters),
    gradients: createTensor(gpu, "gradients", [trials, row], poison([trials, row])),
    dy: createTensor(gpu, "dy", maps.y.shape, data.y),
    dx: createTensor(gpu, "dx", [trials, ...data.shapes.x], poison([trials, ...data.shapes.x])),
  };
  const forward = await convPoolForward(gpu, layer, tensors);
  const backward = await convPoolBackward(gpu, layer, tensors);
  return { ...tensors, forward, backward };
}

const without = (steps: readonly Step[], ...labels: string[]) =>
  steps.filter(({ label }) => !labels.includes(label));
const only = (steps: readonly Step[], name: string) => steps.filter(({ label }) => label === name);

const packCase: Case = async (gpu, random) => {
  const { layer, row, trials, shape } = drawLayer(random);
  const direction = coin(random) ? "forward" : "backward";
  const values = normals(random, [trials, row]);
  const parameters = createTensor(gpu, "parameters", [trials, row], values);
  const { pages, pack, tile } = await createKernelPages(gpu, layer, parameters, direction);
  for (const { kernel } of pages) upload(gpu, kernel, poison(kernel.shape));
  submit(gpu, [pack]);
  const actual = await download(gpu, pages.map(({ kernel }) => kernel));

  const packed = ofTrials(
    trials,
    (trial) =>
      packKernels(read(trialOf(values, [row], trial).data, layer.weights), tile, direction),
  );
  const unit = packed.length / pages.reduce((sum, { units }) => sum + units, 0);
  let error = 0, first = 0;
  pages.forEach(({ units }, p) => {
    const expected = new Float64Array(actual[p].length).fill(NaN);
    expected.set(packed.subarray(first, first += units * unit));
    error += different(actual[p], expected);
  });
  return { shape: `${shape}, ${direction}, ${pages.length} pages`, error, bound: 0 };
};

const convCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, row, trials, shape } = draw;
  const data = drawData(random, draw);
  const { forward, z } = await prepare(gpu, draw, data);
  submit(gpu, without(forward, "max_pool"));
  const [actual] = await download(gpu, [z]);
  const expected = ofTrials(trials, (trial) => {
    const { data: parameters } = trialOf(data.parameters, [row], trial);
    const x = trialOf(data.x, data.shapes.x, trial);
    return twins.conv(layer, x, read(parameters, layer.weights), read(parameters, layer.bias));
  });
  return { shape, error: relative(actual, expected), bound: ROUNDING };
};

const maxPoolCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, trials, shape } = draw;
  const data = drawData(random, draw);
  data.z.forEach((value, i) => data.z[i] = Math.round(value)); // ties and zeros, to be told apart
  const { forward, z, y, argmax } = await prepare(gpu, draw, data);
  upload(gpu, z, data.z);
  submit(gpu, only(forward, "max_pool"));
  const [maxima, places] = await download(gpu, [y, argmax]);
  const twin = (trial: number) => twins.maxPool(layer, trialOf(data.z, data.shapes.z, trial));
  const error = different(maxima, ofTrials(trials, (trial) => twin(trial).y)) +
    different(words(places), ofTrials(trials, (trial) => twin(trial).argmax));
  return { shape, error, bound: 0 };
};

const maxPoolBackwardCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, trials, shape } = draw;
  const data = drawData(random, draw);
  const { backward, z, argmax } = await prepare(gpu, draw, data);
  const places = ofTrials(
    trials,
    (trial) => twins.maxPool(layer, trialOf(data.z, data.shapes.z, trial)).argmax,
  );
  upload(gpu, argmax, Uint32Array.from(places));
  submit(gpu, only(backward, "max_pool_backward"));
  const [actual] = await download(gpu, [z]);
  const expected = ofTrials(trials, (trial) => {
    const dy = trialOf(data.y, data.shapes.y, trial);
    return twins.maxPoolBackward(layer, dy, trialOf(places, data.shapes.y, trial));
  });
  return { shape, error: relative(actual, expected), bound: ROUNDING };
};

/** Together with sum_partials, whose sums are what the layer hands on. */
const backwardKernelCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, row, trials, shape } = draw;
  const data = drawData(random, draw);
  const { backward, z, gradients } = await prepare(gpu, draw, data);
  upload(gpu, z, data.z);
  submit(gpu, without(backward, "max_pool_backward", "pack_kernels", "conv_backward_input"));
  const [actual] = await download(gpu, [gradients]);
  const expected = ofTrials(trials, (trial) => {
    const x = trialOf(data.x, data.shapes.x, trial);
    const dz = trialOf(data.z, data.shapes.z, trial);
    const { dkernel, dbias } = twins.convBackwardKernel(layer, x, dz);
    const gradients = arrayOf([row], poison([row])); // the other layers' parts stay as they were
    gradients.data.set(dkernel.data, layer.weights.offset);
    gradients.data.set(dbias.data, layer.bias.offset);
    return gradients;
  });
  return { shape, error: relative(actual, expected), bound: ROUNDING };
};

const backwardInputCase: Case = async (gpu, random) => {
  const draw = drawLayer(random);
  const { layer, row, trials, shape } = draw;
  const data = drawData(random, draw);
  const { backward, z, dx } = await prepare(gpu, draw, data);
  upload(gpu, z, data.z);
  submit(gpu, without(backward, "max_pool_backward", "conv_backward_kernel", "sum_partials"));
  const [actual] = await download(gpu, [dx]);
  const expected = ofTrials(trials, (trial) => {
    const { data: parameters } = trialOf(data.parameters, [row], trial);
    const dz = trialOf(data.z, data.shapes.z, trial);
    return twins.convBackwardInput(layer, dz, read(parameters, layer.weights));
  });
  return { shape, error: relative(actual, expected), bound: ROUNDING };
};

const sumPartialsShader = {
  name: "sum_partials",
  source: sumPartialsSource,
  bindings: { partials: "read", gradients: "read_write" },
} as const satisfies Shader<string>;

/** Bound here by itself: the layer keeps its partial sums to itself. */
const sumPartialsCase: Case = async (gpu, random) => {
  const [trials, count, size] = [
    between(random, 2, 3),
    between(random, 1, 40),
    between(random, 1, 99),
  ];
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
  sum_partials: sumPartialsCase,
  conv_backward_input: backwardInputCase,
} satisfies Record<string, Case>;
