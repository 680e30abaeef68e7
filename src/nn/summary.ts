/**
 * A network in words, layer by layer, as a summary shows it.
 *
 * @module
 */
import type { Layout } from "./layout.ts";

/** One layer of a network. */
export interface LayerDescription {
  /** Keras' name: conv2d_1, dense_1, … */
  name: string;
  /** What it computes, e.g. "5×5 stride 2, ReLU, max-pool 3×3 stride 3". */
  what: string;
  /** [H, W, C] or [UNITS] of its output. */
  output: number[];
  /** Weights and biases. */
  parameters: number;
}

/** Describes a network's layers from the image on. */
export function describeLayers({ convs, denses }: Layout): LayerDescription[] {
  const square = (side: number, stride: number) =>
    `${side}×${side}${stride > 1 ? ` stride ${stride}` : ""}`;
  return [
    ...convs.map((layer, i) => ({
      name: `conv2d_${i + 1}`,
      what: `${square(layer.kernel, layer.stride)}, ReLU` +
        (layer.pool > 1 || layer.poolStride > 1
          ? `, max-pool ${square(layer.pool, layer.poolStride)}`
          : ""),
      output: [layer.outHeight, layer.outWidth, layer.filters],
      parameters: layer.weights.size + layer.bias.size,
    })),
    ...denses.map(({ dropout, outputs, relu, weights, bias }, i) => ({
      name: `dense_${i + 1}`,
      what: `${dropout > 0 ? `dropout ${dropout}, ` : ""}dense, ${relu ? "ReLU" : "softmax"}`,
      output: [outputs],
      parameters: weights.size + bias.size,
    })),
  ];
}
