/**
 * Which weights of a stored network are kernels that a Gaussian can be fitted to, and why others are
 * none. Of files of anyone's weights choose_tensors asks that.
 *
 * @module
 */
import type { StoredLayer, StoredNetwork } from "../io/stored_network.ts";
import type { Numbers } from "./matrix.ts";

/** A layer's kernel. */
export interface NamedKernel {
  /** What its file calls the layer. */
  name: string;
  /** (K, K, C, M). */
  kernel: Numbers;
}

/** Why a layer's kernels are not fitted, by its kind. */
const REASONS: [kind: RegExp, reason: string][] = [
  [
    /depthwise|separable/,
    "it is part of a depthwise convolution, which looks at each channel alone",
  ],
  [/transpose|deconv/, "it belongs to a transposed convolution"],
  [/lst_?m/, "it belongs to a recurrent convolution"],
  [/1d/, "it belongs to a 1-D convolution"],
  [/3d/, "it belongs to a 3-D convolution"],
  [/^/, "nothing tells that it is the kernel of a plain 2-D convolution"],
];

/**
 * Selects the kernels of the 2-D convolutions, in the network's order.
 *
 * @returns Besides the kernels, a sentence for every other array of three or more axes: none is left out
 * unsaid. (Matrices and vectors are no kernels.)
 */
export function selectKernels({ layers }: StoredNetwork): {
  kernels: NamedKernel[];
  leftOut: string[];
} {
  const isFitted = (layer: StoredLayer, weight: string) =>
    layer.kind === "conv2d" && weight === "kernel";
  const kernels = layers.flatMap((layer) => {
    const kernel = layer.weights.get("kernel");
    return kernel && isFitted(layer, "kernel") ? [{ name: layer.name, kernel }] : [];
  });
  const leftOut = layers.flatMap((layer) =>
    [...layer.weights].flatMap(([weight, { shape }]) => {
      if (shape.length < 3 || isFitted(layer, weight)) return [];
      const reason = reasonOfKind(layer.kind);
      return [`${layer.name}/${weight} (${shape.join(", ")}) is not fitted: ${reason}`];
    })
  );
  return { kernels, leftOut };
}

/** Why weights of a layer of this kind, other than a plain convolution's kernel, are not fitted. */
export function reasonOfKind(kind: string): string {
  return REASONS.find(([pattern]) => pattern.test(kind))![1];
}
