/**
 * Dense layers, forward and backward.
 *
 * @module
 */
import denseSource from "../../shaders/dense.wgsl" with { type: "text" };
import backwardInputSource from "../../shaders/dense_backward_input.wgsl" with { type: "text" };
import backwardKernelSource from "../../shaders/dense_backward_kernel.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, evenTile, type Step } from "../gpu/shader.ts";
import { type Sheet, sheetConstants } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { VECTOR } from "../gpu/tuning.ts";
import { placeConstants } from "./layer_constants.ts";
import { type DenseLayout, type MapSize, quads } from "./layout.ts";

const dense = defineShader("dense", denseSource, {
  x: "load",
  parameters: "read",
  vectors: "read",
  y: "store",
});

const denseBackwardKernel = defineShader("dense_backward_kernel", backwardKernelSource, {
  x: "load",
  dy: "read",
  gradients: "write",
});

const denseBackwardInput = defineShader("dense_backward_input", backwardInputSource, {
  dy: "read",
  parameters: "read",
  vectors: "read",
  x: "load",
  dx: "write",
});

/** Lanes that add up a tile's inputs on a GPU. */
const SLICES = 32;
/** Images from which on a GPU has enough lanes if each takes eight. */
const MANY = 256;

/**
 * y = f(x · kernel + bias), f = ReLU or identity.
 *
 * @param x (TRIALS, BATCH, FOLDS, WIDTH): flat, after dropout.
 * @param parameters (TRIALS, ROW)
 * @param y (TRIALS, BATCH, 1, ⌈OUTPUTS/4⌉)
 */
export function denseForward(
  gpu: Gpu,
  layer: DenseLayout,
  { x, parameters, y }: { x: Sheet; parameters: Tensor; y: Sheet },
): Promise<Step> {
  const [trials, batch] = y.shape;
  const { outputs, relu } = layer;
  const onGpu = gpu.tunedFor === "gpu", lanes = onGpu ? 64 : VECTOR, slices = onGpu ? SLICES : 1;
  const most = onGpu && trials * batch < MANY ? 4 : 8;
  const [images, tile] = [evenTile(batch, most), onGpu ? 1 : evenTile(quads(outputs), 2)];
  const tiles = ceilDiv(quads(outputs), tile) * ceilDiv(batch, images);
  return bind(gpu, dense, {
    buffers: { x, parameters, vectors: parameters, y },
    constants: {
      ...sizeConstants(layer, batch, x),
      ...placeConstants(layer, parameters),
      LANES: lanes,
      RELU: relu ? 1 : 0,
      IMAGES: images,
      TILE: tile,
      SLICES: slices,
      ROUND: onGpu ? 1 : 2,
      Y_DOWN: y.down,
    },
    workgroups: [ceilDiv(tiles * slices, lanes), 1, trials],
    multiplyAdds: trials * batch * layer.weights.size,
    touched: { parameters: trials * (layer.weights.size + layer.bias.size), vectors: 0 },
  });
}

/**
 * From dy to the gradients of kernel and bias, and of the map that was flattened before its ReLU and
 * dropout.
 *
 * @param dy (TRIALS, BATCH, 4 · ⌈OUTPUTS/4⌉): the gradient before this layer's own ReLU, then zeros.
 * @param x (TRIALS, BATCH, FOLDS, WIDTH), non-negative: the flat input after ReLU and dropout.
 * @param gradients (TRIALS, ROW); this layer's part is overwritten.
 * @param dx (TRIALS, BATCH, CHANNELS, HEIGHT, 4 · ⌈WIDTH/4⌉): planes of `map`.
 */
export function denseBackward(
  gpu: Gpu,
  layer: DenseLayout,
  map: MapSize,
  { dy, x, parameters, gradients, dx }: {
    dy: Tensor;
    x: Sheet;
    parameters: Tensor;
    gradients: Tensor;
    dx: Tensor;
  },
): Promise<Step[]> {
  const [trials, batch, folds, width] = x.shape;
  const { outputs, bias, dropout } = layer, texels = folds * width;
  const onGpu = gpu.tunedFor === "gpu";
  const [rows, tile] = onGpu ? [1, 1] : [evenTile(texels, 4), evenTile(quads(outputs), 2)];
  const images = evenTile(batch, onGpu && trials * batch < MANY ? 2 : 8);
  const [inputTile, lanes] = onGpu ? [1, 64] : [evenTile(texels, 4), VECTOR];
  const multiplyAdds = trials * batch * layer.weights.size;
  const size = trials * (layer.weights.size + bias.size);
  const { BIAS, ...place } = placeConstants(layer, parameters);
  const sizes = { ...sizeConstants(layer, batch, x), ...place };
  return Promise.all([
    bind(gpu, denseBackwardKernel, {
      buffers: { x, dy, gradients },
      constants: { ...sizes, BIAS, ROWS: rows, TILE: tile, IMAGES: evenTile(batch, 4) },
      workgroups: [ceilDiv(ceilDiv(texels, rows) * ceilDiv(quads(outputs), tile), 64), 1, trials],
      multiplyAdds,
      touched: { gradients: size },
    }),
    bind(gpu, denseBackwardInput, {
      buffers: { dy, parameters, vectors: parameters, x, dx },
      constants: {
        ...sizes,
        LANES: lanes,
        SCALE: 1 / (1 - dropout),
        IMAGES: images,
        CHANNELS: map.channels,
        HEIGHT: map.height,
        WIDTH: map.width,
        LINE: quads(map.width),
        TILE: inputTile,
      },
      workgroups: [
        ceilDiv(ceilDiv(texels, inputTile) * ceilDiv(batch, images), lanes),
        1,
        trials,
      ],
      multiplyAdds,
      touched: { parameters: size, vectors: 0 },
    }),
  ]);
}

/** A layer's sizes, and its input on a sheet. */
function sizeConstants({ inputs, outputs }: DenseLayout, batch: number, x: Sheet) {
  const sizes = { BATCH: batch, INPUTS: inputs, OUTPUTS: outputs, QUADS: quads(outputs) };
  return { ...sizes, ...sheetConstants("X", x) };
}
