/**
 * An array of float64 with a shape: all that the CPU twins compute on.
 *
 * The files of this folder say in plain loops what the shaders compute, for one trial, formula by
 * formula. They are slow and exact: read them to learn training, run them to check a GPU.
 *
 * @module
 */

/** Numbers in C order (the last index runs fastest) with their sizes. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** An array of zeros. */
export function zeros(shape: readonly number[]): Array64 {
  return { shape, data: new Float64Array(shape.reduce((product, size) => product * size, 1)) };
}

/**
 * An array of given values.
 *
 * @throws {TypeError} When their number does not fill the shape.
 */
export function arrayOf(shape: readonly number[], values: ArrayLike<number>): Array64 {
  const array = zeros(shape);
  if (values.length !== array.data.length) {
    throw new TypeError(`Cannot shape ${values.length} values as [${shape}]`);
  }
  array.data.set(values);
  return array;
}

/** array[index], e.g. `get(x, row, column, channel)`. */
export function get(array: Array64, ...index: number[]): number {
  return array.data[position(array, index)];
}

/** array[index] = value */
export function set(array: Array64, index: readonly number[], value: number): void {
  array.data[position(array, index)] = value;
}

/** array[index] += value */
export function add(array: Array64, index: readonly number[], value: number): void {
  array.data[position(array, index)] += value;
}

/** Every index of a shape in C order: `for (const [row, column] of indices([2, 3]))`. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const [size, ...rest] = shape;
  for (let i = 0; i < size; i++) {
    if (rest.length === 0) yield [i];
    else for (const index of indices(rest)) yield [i, ...index];
  }
}

function position({ shape }: Array64, index: readonly number[]): number {
  let at = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (!(index[axis] >= 0 && index[axis] < shape[axis])) {
      throw new RangeError(`Cannot index [${index}] in an array of shape [${shape}]`);
    }
    at = at * shape[axis] + index[axis];
  }
  return at;
}
