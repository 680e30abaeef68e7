/**
 * In which order the four axes of a kernel are stored, and into Keras' from PyTorch's.
 *
 * @module
 */
import type { NdArray } from "./npy.ts";

/** PyTorch's (filters, channels, rows, columns), or Keras' (rows, columns, channels, filters). */
export type AxisOrder = "OIHW" | "HWIO";

/** An axis order in words. */
export const AXES: Readonly<Record<AxisOrder, string>> = {
  OIHW: "(filters, channels, rows, columns)",
  HWIO: "(rows, columns, channels, filters)",
};

/** A kernel's sizes by what they count. */
export interface KernelShape {
  /** Of the kernel. */
  rows: number;
  /** Of the kernel. */
  columns: number;
  /** That a filter reads. */
  channels: number;
  /** How many there are. */
  filters: number;
}

/** Names the axes of a shape. */
export function nameAxes(shape: readonly number[], order: AxisOrder): KernelShape {
  const [filters, channels, rows, columns] = order === "OIHW"
    ? shape
    : [shape[3], shape[2], shape[0], shape[1]];
  return { rows, columns, channels, filters };
}

/** PyTorch's kernel (M, C, K, K), or one of Theano's, as Keras has it: (K, K, C, M). */
export function putFiltersLast({ shape: [filters, channels, rows, columns], data }: NdArray) {
  const area = rows * columns, moved = data.slice();
  for (let m = 0; m < filters; m++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < area; i++) {
        moved[(i * channels + c) * filters + m] = data[(m * channels + c) * area + i];
      }
    }
  }
  return { shape: [rows, columns, channels, filters], data: moved };
}

/** The largest kernels there are; beside another pair of equal axes only one of a smaller side tells. */
const LARGEST = 16, SMALLER = 11;

/**
 * Guesses the order of a file's axes from the shapes in it: the two equal, small axes that stand side by
 * side are the kernel's.
 *
 * @param shapes Of four axes each.
 * @returns PyTorch's, too, where none is square in either order, so that it does not matter; undefined
 * where no shape tells, or shapes contradict each other.
 */
export function guessOrder(shapes: readonly (readonly number[])[]): AxisOrder | undefined {
  const square = shapes.filter((shape) => squareSides(shape, LARGEST).includes(true));
  if (square.length === 0) return "OIHW";
  const told = new Set(square.map((shape) => orderOf(shape, LARGEST) ?? orderOf(shape, SMALLER)));
  told.delete(undefined);
  return told.size === 1 ? [...told][0] : undefined;
}

function orderOf(shape: readonly number[], most: number): AxisOrder | undefined {
  const [isFirst, isLast] = squareSides(shape, most);
  return isFirst === isLast ? undefined : isFirst ? "HWIO" : "OIHW";
}

/** Whether the first two axes, and the last two, could be those of a kernel. */
function squareSides([a, b, c, d]: readonly number[], most: number): boolean[] {
  return [[a, b], [c, d]].map(([x, y]) => x === y && x > 1 && x <= most);
}
