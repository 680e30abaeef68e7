/**
 * The shaders of conv → ReLU → max-pool against their twins.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { submit } from "../gpu/shader.ts";
import { downloadSheet, uploadSheet } from "../gpu/sheet.ts";
import { download, upload } from "../gpu/tensor.ts";
import { convBackwardToInput, convBackwardToKernel, convForward } from "../nn/conv.ts";
import { fusedBackward, fusedForward, isFused } from "../nn/first_layer.ts";
import { maxPoolBackward, maxPoolForward } from "../nn/max_pool.ts";
import type { Random } from "../random.ts";
import * as twins from "../reference/conv_pool.ts";
import { drawBank } from "./bank.ts";
import { type Case, coin, different, ofTrials, relative, ROUNDING, words } from "./case.ts";
import {
  BATCH,
  convSize,
  createBuffers,
  type Draw,
  drawLayer,
  gradientRow,
  pooledSize,
  shareOf,
} from "./conv_layer.ts";
import { pooledError, WARP_NOISE } from "./pooled.ts";
import { fromPlanes, packPlaces, toPlanes, toSheet } from "./stored.ts";

/** With pack_kernels. */
const convCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, shape } = draw;
  const buffers = createBuffers(gpu, draw);
  submit(gpu, await (await convForward(gpu, layer, buffers))(buffers.x));
  const [z] = await download(gpu, [buffers.z]);
  const error = relative(fromPlanes(z, convSize(layer)), convolved(draw));
  return { shape, error, bound: ROUNDING };
};

/**
 * The same as conv and max_pool, in one, on GPUs half of the time from images that are warped as they are
 * read. Of other random shapes every second is on whole numbers: nothing is rounded, and there are ties.
 */
const convPoolCase: Case = async (gpu, random, paper) => {
  const { draw, images, shape } = drawFirstLayer(gpu, random, paper);
  const { layer } = draw;
  const whole = !paper && !images && coin(random);
  if (whole) [draw.x, draw.parameters] = [draw.x.map(Math.round), draw.parameters.map(Math.round)];
  const buffers = createBuffers(gpu, draw);
  submit(gpu, await fusedForward(gpu, layer, images ?? buffers.x, buffers));
  const y = await downloadSheet(gpu, buffers.y), [argmax] = await download(gpu, [buffers.argmax]);
  const noise = images && WARP_NOISE / Math.min(...images.normalization.std);
  const error = pooledError(draw, { y, argmax }, whole ? "exact" : { noise });
  return { shape: `${shape}${whole ? ", whole numbers" : ""}`, error, bound: ROUNDING };
};

const maxPoolCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, shape } = draw;
  draw.z = draw.z.map(Math.round); // ties, and zeros that are told apart from the dead
  const buffers = createBuffers(gpu, draw);
  upload(gpu, buffers.z, toPlanes(draw.z, convSize(layer), NaN));
  submit(gpu, [await maxPoolForward(gpu, layer, buffers)]);
  const [argmax] = await download(gpu, [buffers.argmax]);
  const pooled = pool(draw);
  const y = toSheet(pooled.y, pooledSize(layer), layer.y);
  const error = different(await downloadSheet(gpu, buffers.y), y) +
    different(words(argmax), packPlaces(pooled.argmax, layer.filters));
  return { shape, error, bound: 0 };
};

const maxPoolBackwardCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, trials, shape } = draw;
  const buffers = createBuffers(gpu, draw);
  const dead = new Float32Array(draw.z.length).fill(NaN);
  uploadSheet(gpu, buffers.dz, toSheet(dead, convSize(layer), layer.dz, layer.stride));
  upload(gpu, buffers.argmax, packPlaces(pool(draw).argmax, layer.filters));
  submit(gpu, [await maxPoolBackward(gpu, layer, buffers)]);
  const expected = ofTrials(trials, (trial) => {
    const { z, dy } = shareOf(draw, trial);
    return twins.maxPoolBackward(layer, dy, twins.maxPool(layer, z).argmax);
  });
  const dz = toSheet(expected, convSize(layer), layer.dz, layer.stride);
  const error = relative(await downloadSheet(gpu, buffers.dz), dz);
  return { shape, error, bound: ROUNDING };
};

/** With sum_partials: only the sums leave the layer. */
const backwardKernelCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, trials, shape } = draw;
  const buffers = createBuffers(gpu, draw);
  uploadSheet(gpu, buffers.dz, toSheet(draw.z, convSize(layer), layer.dz, layer.stride));
  submit(gpu, await convBackwardToKernel(gpu, layer, buffers));
  const [gradients] = await download(gpu, [buffers.gradients]);
  const expected = ofTrials(trials, (trial) => {
    const { x, z } = shareOf(draw, trial);
    return gradientRow(draw, twins.convBackwardKernel(layer, x, z));
  });
  return { shape, error: relative(gradients, expected), bound: ROUNDING };
};

/** With sum_partials; on GPUs half of the time from images that are warped as they are read. */
const poolBackwardKernelCase: Case = async (gpu, random, paper) => {
  const { draw, images, shape } = drawFirstLayer(gpu, random, paper);
  const { layer, trials } = draw;
  const buffers = createBuffers(gpu, draw);
  upload(gpu, buffers.argmax, packPlaces(pool(draw).argmax, layer.filters));
  submit(gpu, await fusedBackward(gpu, layer, images ?? buffers.x, buffers));
  const [gradients] = await download(gpu, [buffers.gradients]);
  const expected = ofTrials(trials, (trial) => {
    const { x, z, dy } = shareOf(draw, trial);
    const { argmax } = twins.maxPool(layer, z);
    return gradientRow(draw, twins.convPoolBackwardKernel(layer, x, dy, argmax));
  });
  return { shape, error: relative(gradients, expected), bound: ROUNDING };
};

/** A layer that may be fused, and images that it warps or, where there are none, the drawn x. */
function drawFirstLayer(gpu: Gpu, random: Random, paper?: boolean) {
  const draw = drawLayer(random, paper, (layer) => isFused(gpu, layer));
  const { layer: { height, width, channels }, trials } = draw;
  if (gpu.tunedFor === "cpu" || channels > 3 || !paper && coin(random)) {
    return { draw, shape: draw.shape };
  }
  const sizes = { trials, batch: BATCH, size: [height, width] as [number, number], channels };
  const { images, warped } = drawBank(gpu, random, sizes);
  return {
    draw: { ...draw, x: Float32Array.from(warped) },
    images,
    shape: `${draw.shape}, warped`,
  };
}

/** Conv and pack_kernels once more, backward: dz in its border, the kernel turned. */
const backwardInputCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, trials, shape } = draw;
  const buffers = createBuffers(gpu, draw);
  uploadSheet(gpu, buffers.dz, toSheet(draw.z, convSize(layer), layer.dz, layer.stride));
  submit(gpu, await convBackwardToInput(gpu, layer, buffers));
  const [dx] = await download(gpu, [buffers.dx]);
  const expected = ofTrials(trials, (trial) => {
    const { z, kernel } = shareOf(draw, trial);
    return twins.convBackwardInput(layer, z, kernel);
  });
  const { height, width, channels } = layer;
  const error = relative(fromPlanes(dx, [height, width, channels]), expected);
  return { shape: `${shape}, to the input`, error, bound: ROUNDING };
};

/** The worse of both directions. */
const bothConvCases: Case = async (gpu, random, paper) => {
  const forward = await convCase(gpu, random, paper);
  const backward = await backwardInputCase(gpu, random, paper);
  return forward.error > backward.error ? forward : backward;
};

/** (TRIALS, BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS) */
function convolved(draw: Draw): Float64Array {
  return ofTrials(draw.trials, (trial) => {
    const { x, kernel, bias } = shareOf(draw, trial);
    return twins.conv(draw.layer, x, kernel, bias);
  });
}

/** The drawn z pooled: (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) */
function pool(draw: Draw): { y: Float64Array; argmax: Float64Array } {
  const twin = (trial: number) => twins.maxPool(draw.layer, shareOf(draw, trial).z);
  return {
    y: ofTrials(draw.trials, (trial) => twin(trial).y),
    argmax: ofTrials(draw.trials, (trial) => twin(trial).argmax),
  };
}

/** By shader; the layer binds the one that its GPU is tuned for. */
export const convPoolCases = {
  conv_pool: convPoolCase,
  conv_pool_gpu: convPoolCase,
  conv: bothConvCases,
  conv_gpu: bothConvCases,
  max_pool: maxPoolCase,
  max_pool_backward: maxPoolBackwardCase,
  conv_backward_kernel: backwardKernelCase,
  conv_backward_kernel_gpu: backwardKernelCase,
  conv_pool_backward_kernel: poolBackwardKernelCase,
  conv_pool_backward_kernel_gpu: poolBackwardKernelCase,
} satisfies Record<string, Case>;
