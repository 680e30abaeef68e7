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
import { type Case, different, ofTrials, relative, ROUNDING, words } from "./case.ts";
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
import { coin } from "./draws.ts";
import { pooledError, WARP_NOISE } from "./pooled.ts";
import { fromPlanes, packPlaces, toPlanes, toSheet } from "./stored.ts";

/** The convolution, on a CPU together with pack_kernels. */
const forwardCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, shape } = draw;
  const buffers = createBuffers(gpu, draw);
  submit(gpu, await (await convForward(gpu, layer, buffers))(buffers.x));
  const [z] = await download(gpu, [buffers.z]);
  const error = relative(fromPlanes(z, convSize(layer)), convolved(draw));
  return { shape, error, bound: ROUNDING };
};

/**
 * The fused first layer, on GPUs half of the time from images that are warped as they are read. Of other
 * random shapes every second is on whole numbers: nothing is rounded, and there are ties.
 */
export const fusedCase: Case = async (gpu, random, paper) => {
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

export const maxPoolCase: Case = async (gpu, random, paper) => {
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

export const maxPoolBackwardCase: Case = async (gpu, random, paper) => {
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

/** What becomes of a drawn dz: gradients of kernel and bias, with sum_partials, or the input's. */
const backwardCase = (wanted: "gradients" | "dx"): Case => async (gpu, random, paper) => {
  const draw = drawLayer(random, paper), toInput = wanted === "dx";
  const { layer, trials, shape } = draw, { height, width, channels } = layer;
  const buffers = createBuffers(gpu, draw);
  uploadSheet(gpu, buffers.dz, toSheet(draw.z, convSize(layer), layer.dz, layer.stride));
  submit(gpu, await (toInput ? convBackwardToInput : convBackwardToKernel)(gpu, layer, buffers));
  const [actual] = await download(gpu, [buffers[wanted]]);
  const expected = ofTrials(trials, (trial) => {
    const { x, z, kernel } = shareOf(draw, trial);
    if (toInput) return twins.convBackwardInput(layer, z, kernel);
    return gradientRow(draw, twins.convBackwardKernel(layer, x, z));
  });
  const values = toInput ? fromPlanes(actual, [height, width, channels]) : actual;
  const error = relative(values, expected);
  return { shape: toInput ? `${shape}, to the input` : shape, error, bound: ROUNDING };
};

export const backwardKernelCase = backwardCase("gradients");

/** The fused layer's gradients with sum_partials, on GPUs half of the time from images that are warped. */
export const fusedBackwardCase: Case = async (gpu, random, paper) => {
  const { draw, images, shape } = drawFirstLayer(gpu, random, paper);
  const { layer, trials } = draw;
  const buffers = createBuffers(gpu, draw);
  upload(gpu, buffers.argmax, packPlaces(pool(draw).argmax, layer.filters));
  submit(gpu, await fusedBackward(gpu, layer, images ?? buffers.x, buffers));
  const [gradients] = await download(gpu, [buffers.gradients]);
  const expected = ofTrials(trials, (trial) => {
    const { x, z, dy } = shareOf(draw, trial);
    const { argmax } = twins.maxPool(layer, z);
    const dz = twins.maxPoolBackward(layer, dy, argmax);
    return gradientRow(draw, twins.convBackwardKernel(layer, x, dz));
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
    shape: `${draw.shape}, warped${images.fb ? " in two colours" : ""}`,
  };
}

/** The convolution in that direction in which it is worse. */
export const convCase: Case = async (gpu, random, paper) => {
  const forward = await forwardCase(gpu, random, paper);
  const backward = await backwardCase("dx")(gpu, random, paper);
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
