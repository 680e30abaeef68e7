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
import type { Tensor } from "../gpu/tensor.ts";
import type { DenseLayout } from "./layout.ts";

const dense = {
  name: "dense",
  source: denseSource,
  bindings: { x: "read", parameters: "read", y: "read_write" },
} as const satisfies Shader<string>;

const denseBackwardKernel = {
  name: "dense_backward_kernel",
  source: backwardKernelSource,
  bindings: { x: "read", dy: "read", gradients: "read_write" },
} as const satisfies Shader<string>;

const denseBackwardInput = {
  name: "dense_backward_input",
  source: backwardInputSource,
  bindings: { dy: "read", x: "read", parameters: "read", dx: "read_write" },
} as const satisfies Shader<string>;

/**
 * y = f(x · kernel + bias), f = ReLU or identity.
 *
 * @param x (TRIALS, BATCH, INPUTS), after dropout.
 * @param parameters (TRIALS, ROW)
 * @param y (TRIALS, BATCH, OUTPUTS)
 */
export async function denseForward(
  gpu: Gpu,
  layer: DenseLayout,
  { x, parameters, y }: { x: Tensor; parameters: Tensor; y: Tensor },
): Promise<Step[]> {
  const [trials, batch] = y.shape;
  const images = evenTile(batch, 8);
  const tile = evenTile(layer.outputs, 4);
  const step = await bind(gpu, dense, {
    buffers: { x, parameters, y },
    constants: {
      ...denseConstants(layer, batch, parameters),
      ...{ BIAS: layer.bias.offset, RELU: layer.relu ? 1 : 0, IMAGES: images, TILE: tile },
    },
    workgroups: [ceilDiv(ceilDiv(layer.outputs, tile) * ceilDiv(batch, images), 64), 1, trials],
  });
  return [step];
}

/**
 * From dy to the gradients of kernel and bias, and of the layer's input before its ReLU and dropout.
 *
 * @param dy (TRIALS, BATCH, OUTPUTS), the gradient before this layer's own ReLU.
 * @param x (TRIALS, BATCH, INPUTS), non-negative: the input after ReLU and dropout.
 * @param gradients (TRIALS, ROW); this layer's part is overwritten.
 * @param dx (TRIALS, BATCH, INPUTS)
 */
export function denseBackward(
  gpu: Gpu,
  layer: DenseLayout,
  { dy, x, parameters, gradients, dx }: {
    dy: Tensor;
    x: Tensor;
    parameters: Tensor;
    gradients: Tensor;
    dx: Tensor;
  },
): Promise<Step[]> {
  const [trials, batch] = dy.shape;
  const { inputs, outputs, bias, dropout } = layer;
  const images = evenTile(batch, 8);
  const [rows, tile] = [evenTile(inputs, 8), evenTile(outputs, 4)];
  const inputTile = evenTile(inputs, 4);
  const constants = denseConstants(layer, batch, parameters);
  return Promise.all([
    bind(gpu, denseBackwardKernel, {
      buffers: { x, dy, gradients },
      constants: { ...constants, BIAS: bias.offset, ROWS: rows, TILE: tile },
      workgroups: [ceilDiv(ceilDiv(inputs, rows) * ceilDiv(outputs, tile), 64), 1, trials],
    }),
    bind(gpu, denseBackwardInput, {
      buffers: { dy, x, parameters, dx },
      constants: { ...constants, SCALE: 1 / (1 - dropout), IMAGES: images, TILE: inputTile },
      workgroups: [ceilDiv(ceilDiv(inputs, inputTile) * ceilDiv(batch, images), 64), 1, trials],
    }),
  ]);
}

function denseConstants(layer: DenseLayout, batch: number, parameters: Tensor) {
  const { inputs, outputs, weights } = layer;
  const [, row] = parameters.shape;
  return { BATCH: batch, INPUTS: inputs, OUTPUTS: outputs, ROW: row, WEIGHTS: weights.offset };
}
