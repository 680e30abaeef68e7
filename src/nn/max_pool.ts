/**
 * ReLU and max-pool ("valid"), forward and backward.
 *
 * @module
 */
import maxPoolSource from "../../shaders/max_pool.wgsl" with { type: "text" };
import maxPoolBackwardSource from "../../shaders/max_pool_backward.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, defineShader, dispatchSize, type Step } from "../gpu/shader.ts";
import { type Sheet, sheetConstants } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { gradientConstants, windowConstants } from "./layer_constants.ts";
import { type ConvLayout, quads } from "./layout.ts";

const maxPoolShader = defineShader("max_pool", maxPoolSource, {
  z: "read",
  y: "store",
  argmax: "write",
});

const maxPoolBackwardShader = defineShader("max_pool_backward", maxPoolBackwardSource, {
  dy: "read",
  argmax: "read",
  dz: "store",
});

/**
 * y = maxpool(relu(z)), and where each maximum stood.
 *
 * @param z (TRIALS, BATCH, FILTERS, CONV_HEIGHT, 4 · ⌈CONV_WIDTH/4⌉): planes.
 * @param y (TRIALS, BATCH, Y_HEIGHT, Y_WIDTH · Y_QUADS): the map as the next layer stores it.
 * @param argmax (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, Y_QUADS) u32: a byte for each of 4 channels.
 */
export function maxPoolForward(
  gpu: Gpu,
  layer: ConvLayout,
  { z, y, argmax }: { z: Tensor; y: Sheet; argmax: Tensor },
): Promise<Step> {
  const [trials, batch] = y.shape;
  const { filters, pool, poolStride, convHeight, convWidth, outHeight, outWidth } = layer;
  const tiles = quads(outWidth) * quads(filters);
  return bind(gpu, maxPoolShader, {
    buffers: { z, y, argmax },
    constants: {
      BATCH: batch,
      FILTERS: filters,
      ...windowConstants(layer),
      CONV_HEIGHT: convHeight,
      LINE: quads(convWidth),
      VECTORS: quads(3 * poolStride + pool),
      ...pooledConstants(layer, y),
    },
    workgroups: dispatchSize(batch * outHeight * tiles, trials),
    touched: { y: trials * batch * pooledTexels(layer) },
  });
}

/**
 * From dy to the gradient of the map before ReLU and pool.
 *
 * @param dy (TRIALS, BATCH, FILTERS, OUT_HEIGHT, 4 · ⌈OUT_WIDTH/4⌉): planes.
 * @param dz (TRIALS, BATCH, DZ_HEIGHT, DZ_WIDTH · QUADS): pixels among zeros that nothing writes.
 */
export function maxPoolBackward(
  gpu: Gpu,
  layer: ConvLayout,
  { dy, argmax, dz }: { dy: Tensor; argmax: Tensor; dz: Sheet },
): Promise<Step> {
  const [trials, batch] = argmax.shape;
  const { convHeight, convWidth, outWidth, filters } = layer;
  const tiles = quads(convWidth) * quads(filters);
  return bind(gpu, maxPoolBackwardShader, {
    buffers: { dy, argmax, dz },
    constants: {
      BATCH: batch,
      FILTERS: filters,
      QUADS: quads(filters),
      STRIDE: layer.stride,
      ...windowConstants(layer),
      CONV_HEIGHT: convHeight,
      CONV_WIDTH: convWidth,
      LINE: quads(outWidth),
      ...gradientConstants(layer, dz),
    },
    workgroups: dispatchSize(batch * convHeight * tiles, trials),
    touched: { dz: trials * batch * convHeight * convWidth * quads(filters) },
  });
}

/** Texels of a pooled map that are written: all but its border. */
export const pooledTexels = ({ outHeight, outWidth, filters }: ConvLayout): number =>
  outHeight * outWidth * quads(filters);

/** The place where `conv_pool` and `max_pool` write the pooled map. */
export function pooledConstants({ filters, y: map }: ConvLayout, y: Sheet) {
  const place = { Y_QUADS: quads(filters), Y_TOP: map.top, Y_LEFT: map.left };
  return { ...sheetConstants("Y", y), ...place };
}
