/**
 * The shaders of conv → ReLU → max-pool against their twins.
 *
 * @module
 */
import { upload } from "../gpu/tensor.ts";
import { convPoolBackward, convPoolForward } from "../nn/conv_pool.ts";
import * as twins from "../reference/conv_pool.ts";
import { type Case, different, ofTrials, relative, ROUNDING, words } from "./case.ts";
import {
  createTensors,
  drawLayer,
  gradientRow,
  runSteps,
  shareOf,
  storeY,
  storeZ,
} from "./conv_layer.ts";

const convCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
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

const maxPoolCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
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

const maxPoolBackwardCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
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
const backwardKernelCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
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
const poolBackwardKernelCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
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

const backwardInputCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
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

/** By shader. */
export const convPoolCases = {
  conv: convCase,
  max_pool: maxPoolCase,
  max_pool_backward: maxPoolBackwardCase,
  conv_backward_kernel: backwardKernelCase,
  conv_pool_backward_kernel: poolBackwardKernelCase,
  conv_backward_input: backwardInputCase,
} satisfies Record<string, Case>;
