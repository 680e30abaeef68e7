/**
 * What stands before a dense layer: its input flattened, with inverted dropout. The backward pass of
 * both lives in `dense_backward_input`, which needs no mask.
 *
 * @module
 */
import dropoutSource from "../../shaders/dropout.wgsl" with { type: "text" };
import multiplySource from "../../shaders/multiply.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, dispatchSize, type Step } from "../gpu/shader.ts";
import { createSheet, type Sheet, sheetConstants } from "../gpu/sheet.ts";
import { sizeOf, type Tensor } from "../gpu/tensor.ts";
import { type MapSize, quads } from "./layout.ts";

const dropoutShader = defineShader("dropout", dropoutSource, {
  map: "load",
  seeds: "read",
  clock: "read",
  x: "store",
});

const multiplyShader = defineShader("multiply", multiplySource, {
  map: "load",
  factors: "read",
  x: "store",
});

/**
 * Creates the sheet of a dense layer's flattened input: an even number of texels, so that `dense`
 * takes two at once, folded into rows where a texture is too narrow.
 *
 * @returns (TRIALS, BATCH, FOLDS, WIDTH) texels of zeros.
 */
export function createFlat(
  gpu: Gpu,
  label: string,
  [trials, batch]: readonly number[],
  inputs: number,
): Sheet {
  const pairs = ceilDiv(quads(inputs), 2);
  const folds = ceilDiv(2 * pairs, 2 * Math.floor(gpu.device.limits.maxTextureDimension2D / 2));
  return createSheet(gpu, label, [trials, batch, folds, 2 * ceilDiv(pairs, folds)]);
}

/**
 * Flattens a map in (row, column, channel) order and drops values at random.
 *
 * @param rate In [0, 1); 0 flattens alone.
 * @param layer Which dense layer follows, from 0: what tells the layers' masks apart.
 * @param map (TRIALS, BATCH, …) as stored without a border.
 * @param seeds (TRIALS) u32: what tells the trials' masks apart; not read where the rate is 0.
 * @param clock (64) u32: the step, at 0.
 * @param x (TRIALS, BATCH, FOLDS, WIDTH) of `createFlat`.
 */
export function dropout(
  gpu: Gpu,
  { rate, layer }: { rate: number; layer: number },
  { height, width, channels }: MapSize,
  { map, seeds, clock, x }: { map: Sheet; seeds: Tensor; clock: Tensor; x: Sheet },
): Promise<Step> {
  const [trials, batch, ...texels] = x.shape;
  return bind(gpu, dropoutShader, {
    buffers: { map, seeds, clock, x },
    constants: {
      BATCH: batch,
      WIDTH: width,
      CHANNELS: channels,
      QUADS: quads(channels),
      INPUTS: height * width * channels,
      LAYER: layer,
      RATE: rate,
      ...sheetConstants("MAP", map),
      ...sheetConstants("X", x),
    },
    workgroups: dispatchSize(batch * sizeOf(texels), trials),
    touched: { clock: 1 },
  });
}

/**
 * Multiplies flat values by given factors: dropout whose mask comes from outside, as golden cases
 * need it.
 *
 * @param map (TRIALS, BATCH, FOLDS, WIDTH), flat.
 * @param factors (TRIALS, BATCH, INPUTS): 0 or 1/(1 − rate).
 * @param x The same shape as `map`.
 */
export function multiply(
  gpu: Gpu,
  { map, factors, x }: { map: Sheet; factors: Tensor; x: Sheet },
): Promise<Step> {
  const [trials, batch, inputs] = factors.shape;
  return bind(gpu, multiplyShader, {
    buffers: { map, factors, x },
    constants: { IMAGES: trials * batch, INPUTS: inputs, ...sheetConstants("X", x) },
    workgroups: dispatchSize(sizeOf(x.shape), 1),
  });
}
