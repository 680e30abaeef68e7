/**
 * Dense layers, forward and backward.
 *
 * @module
 */
import denseSource from "../../shaders/dense.wgsl" with { type: "text" };
import backwardInputSource from "../../shaders/dense_backward_input.wgsl" with { type: "text" };
import backwardKernelSource from "../../shaders/dense_backward_kernel.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, evenTile, type Shader, type Step } from "../gpu/shader.ts";
import { type Sheet, sheetConstants } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { MapSize } from "./dropout.ts";
import { type DenseLayout, quads } from "./layout.ts";

const dense = {
  name: "dense",
  source: denseSource,
  bindings: { x: "load", packed: "load", parameters: "read", y: "store" },
} as const satisfies Shader<string>;

const denseBackwardKernel = {
  name: "dense_backward_kernel",
  source: backwardKernelSource,
  bindings: { x: "load", dy: "read", gradients: "read_write" },
} as const satisfies Shader<string>;

const denseBackwardInput = {
  name: "dense_backward_input",
  source: backwardInputSource,
  bindings: { dy: "read", packed: "load", x: "load", dx: "read_write" },
} as const satisfies Shader<string>;

/**
 * y = f(x · kernel + bias), f = ReLU or identity.
 *
 * @param x (TRIALS, BATCH, FOLDS, WIDTH): flat, after dropout.
 * @param packed The kernels, by `packDense`.
 * @param parameters (TRIALS, ROW), for the bias.
 * @param y (TRIALS, BATCH, 1, ⌈OUTPUTS/4⌉)
 */
export async function denseForward(
  gpu: Gpu,
  { outputs, relu, bias }: DenseLayout,
  { x, packed, parameters, y }: { x: Sheet; packed: Sheet; parameters: Tensor; y: Sheet },
): Promise<Step[]> {
  const [trials, batch] = y.shape;
  const images = evenTile(batch, 8);
  const tile = evenTile(quads(outputs), 2);
  const step = await bind(gpu, dense, {
    buffers: { x, packed, parameters, y },
    constants: {
      ...{ LANES: 32, BATCH: batch, OUTPUTS: outputs, QUADS: quads(outputs), RELU: relu ? 1 : 0 },
      ...{ ROW: parameters.shape[1], BIAS: bias.offset, IMAGES: images, TILE: tile },
      ...{ ...sheetConstants("X", x), ...sheetConstants("PACKED", packed), Y_DOWN: y.down },
    },
    workgroups: [ceilDiv(ceilDiv(quads(outputs), tile) * ceilDiv(batch, images), 32), 1, trials],
  });
  return [step];
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
  { inputs, outputs, weights, bias, dropout }: DenseLayout,
  map: MapSize,
  { dy, x, packed, gradients, dx }: {
    dy: Tensor;
    x: Sheet;
    packed: Sheet;
    gradients: Tensor;
    dx: Tensor;
  },
): Promise<Step[]> {
  const [trials, batch, folds, width] = x.shape;
  const texels = folds * width;
  const [rows, tile] = [evenTile(texels, 4), evenTile(quads(outputs), 2)];
  const images = evenTile(batch, 4);
  const constants = {
    ...{ BATCH: batch, INPUTS: inputs, QUADS: quads(outputs), ...sheetConstants("X", x) },
  };
  return Promise.all([
    bind(gpu, denseBackwardKernel, {
      buffers: { x, dy, gradients },
      constants: {
        ...{ ...constants, OUTPUTS: outputs, ROW: gradients.shape[1], WEIGHTS: weights.offset },
        ...{ BIAS: bias.offset, ROWS: rows, TILE: tile, IMAGES: images },
      },
      workgroups: [ceilDiv(ceilDiv(texels, rows) * ceilDiv(quads(outputs), tile), 64), 1, trials],
    }),
    bind(gpu, denseBackwardInput, {
      buffers: { dy, packed, x, dx },
      constants: {
        ...{ ...constants, ...sheetConstants("PACKED", packed), SCALE: 1 / (1 - dropout) },
        ...{ CHANNELS: map.channels, HEIGHT: map.height, WIDTH: map.width },
        ...{ LINE: quads(map.width), IMAGES: images, TILE: rows },
      },
      workgroups: [ceilDiv(ceilDiv(texels, rows) * ceilDiv(batch, images), 64), 1, trials],
    }),
  ]);
}
