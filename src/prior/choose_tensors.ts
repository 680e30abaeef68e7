/**
 * Which arrays of a weights file are kernels that a Gaussian can be fitted to, and why others are none.
 *
 * @module
 */
import type { KernelShape } from "../io/kernel_axes.ts";
import type { StoredTensor } from "../io/tensors.ts";
import { reasonOfKind } from "./select_kernels.ts";

/** An array of four axes. */
export type TensorShape = KernelShape & Pick<StoredTensor, "name" | "kind" | "fault">;

/** What becomes of an array. */
export interface Judgement {
  /** Why it is left out, in words; undefined where it is to be fitted. */
  fault?: string;
  /** Whether its channels are the image's. */
  readsImage: boolean;
}

/** The largest side of a kernel: vision transformers cut an image into patches of this size. */
const LARGEST = 16;

/**
 * Whether a name is one of those that were asked for: `*` stands for any signs, `?` for one.
 *
 * @param patterns None: every name is.
 */
export function isNamed(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => {
    const source = RegExp.escape(pattern).replaceAll("\\*", ".*").replaceAll("\\?", ".");
    return new RegExp(`^${source}$`, "s").test(name);
  });
}

/**
 * Judges the arrays of one file.
 *
 * @param patterns As {@linkcode isNamed} takes them. What one names without `*` and `?` is taken even
 * where it looks like the kernel of a depthwise or grouped convolution, which a shape only hints at.
 */
export function judgeTensors(
  tensors: readonly TensorShape[],
  patterns: readonly string[],
): Judgement[] {
  const colours = countColours(tensors);
  return tensors.map((tensor, i) => {
    const others = tensors.filter((_, j) => j !== i);
    const isFirst = tensors.findIndex(({ channels }) => channels === colours) === i;
    return {
      fault: faultOf(tensor, patterns) ??
        (patterns.includes(tensor.name)
          ? undefined
          : faultOfGroups(tensor, others, colours, isFirst)),
      readsImage: tensor.channels === colours,
    };
  });
}

function faultOf(
  { name, kind, fault, rows, columns, channels, filters }: TensorShape,
  patterns: readonly string[],
): string | undefined {
  if (!isNamed(name, patterns)) return "--layers does not name it";
  if (kind !== undefined && kind !== "conv2d") return reasonOfKind(kind);
  if (/transpose|deconv/i.test(name)) return reasonOfKind("transpose");
  if (rows * columns * channels * filters === 0) return "it is empty";
  if (rows !== columns) return `a kernel of ${rows}×${columns} is not square`;
  if (rows === 1) return "a kernel of one weight has no neighbours that could go together";
  if (rows > LARGEST) return `a kernel of ${rows}×${columns} is larger than ${LARGEST}×${LARGEST}`;
  return fault;
}

/** What hints at a depthwise or grouped convolution, before which comes a layer of as many filters. */
function faultOfGroups(
  { name, kind, channels, filters }: TensorShape,
  others: readonly TensorShape[],
  colours: number | undefined,
  isFirst: boolean,
): string | undefined {
  const keepsWidth = filters > channels && others.some((other) => other.filters === filters);
  const isDepthwise = /depth_?wise|(^|[._/])dw|dw($|[._/])/i.test(name) ||
    channels === 1 && filters > 1 && (colours !== 1 || keepsWidth && !isFirst);
  if (isDepthwise && kind === undefined) { // Keras has a class for it
    return "it looks depthwise, each filter reading one channel; give --layers its name to take it";
  }
  const isGrouped = keepsWidth && channels !== colours && filters % channels === 0 &&
    others.every((other) => other.filters !== channels);
  return isGrouped
    ? `it looks grouped, as no layer has ${channels} filters; give --layers its name to take it`
    : undefined;
}

/**
 * How many channels the image has: up to four, and if possible not as many as a layer's maps; undefined
 * where no layer reads it.
 */
function countColours(tensors: readonly TensorShape[]): number | undefined {
  const likely = [3, 1, 4, 2].filter((count) =>
    tensors.some(({ channels }) => channels === count) &&
    tensors.every(({ filters }) => filters !== count)
  );
  return likely[0] ?? tensors.find(({ channels }) => channels > 0 && channels <= 4)?.channels;
}
