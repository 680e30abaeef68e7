/**
 * A trained network as a weights file holds it, whatever its format.
 *
 * @module
 */
import { snakeCase } from "./keras_config.ts";
import type { NdArray } from "./npy.ts";

/** A layer's weights. */
export interface StoredLayer {
  /** As the file calls it, behind the models that it lies in: `conv2d_1`, `encoder/block1_conv1`. */
  name: string;
  /** `conv2d` or `dense` where it computes that, else its class or name: `depthwise_conv2d`. */
  kind: string;
  /** By name: `kernel` (K, K, C, M) or (INPUTS, UNITS), `bias`, …; float32. */
  weights: Map<string, NdArray>;
}

/** What a file holds. */
export interface StoredNetwork {
  /** Layers with weights, from the input on. */
  layers: StoredLayer[];
  /** What the file does not say and was guessed, or is left out, one sentence each. */
  doubts: string[];
}

/** Keras' names of the plain convolution; Keras 1 had a class of its own for a dilated one. */
const CONVOLUTION = /^(atrous_?)?conv(olution)?_?2d$/;
/** Other classes, some of whose weights look like those of a plain convolution. */
const OTHER = /depthwise|separable|transpose|deconv|conv_?lst_?m|conv(olution)?_?[13]d/;

/**
 * Tells what a layer computes: by its class, else by its name as Keras gives it, else by the shapes of
 * its weights.
 *
 * @param name Its own name, without those of the models around it.
 * @param className Its class, where the file says it.
 */
export function kindOf(
  name: string,
  weights: ReadonlyMap<string, NdArray>,
  className?: string,
): string {
  const word = className === undefined ? name.replace(/(_\d+)+$/, "") : snakeCase(className);
  if (CONVOLUTION.test(word)) return "conv2d";
  if (word === "dense" || OTHER.test(word)) return word;
  const matrices = [...weights.values()].filter(({ shape }) => shape.length > 1);
  const kernel = weights.get("kernel")?.shape, bias = weights.get("bias")?.shape;
  if (!kernel || matrices.length > 1) return word;
  if (kernel.length === 4 && (!bias || bias[0] === kernel[3])) return "conv2d";
  return kernel.length === 2 && className === undefined ? "dense" : word;
}

/**
 * The weights under our names: layers numbered by kind in their order.
 *
 * @returns `conv2d_1.kernel` (K, K, C, M), `conv2d_1.bias` (M), …, `dense_1.kernel` (INPUTS, UNITS).
 */
export function nameWeights({ layers }: StoredNetwork): Map<string, NdArray> {
  const counts = new Map<string, number>();
  return new Map(layers.flatMap(({ kind, weights }) => {
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    return [...weights].map(([name, array]) => [`${kind}_${number}.${name}`, array] as const);
  }));
}

/** Compares names with numbers in them as people count: conv2d_2 before conv2d_10. */
export const byNumber = new Intl.Collator("en", { numeric: true }).compare;

/** Whether all names are one that Keras numbered, in the order of making: `conv2d`, `conv2d_1`. */
export function areCounted(names: readonly string[]): boolean {
  const stems = new Set(names.map((name) => name.replace(/_\d+$/, "")));
  return stems.size <= 1 && new Set(names).size === names.length;
}
