/**
 * Matrices of float64 in C order: the only containers of this room.
 *
 * @module
 */

/** Numbers with a shape, C order; whatever `readNpy` returns fits. */
export interface Numbers {
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** All values, the last axis fastest. */
  readonly data: ArrayLike<number>;
}

/** A matrix of float64, C order. */
export interface Matrix {
  /** (ROWS, COLUMNS). */
  shape: [rows: number, columns: number];
  /** (ROWS · COLUMNS) values. */
  data: Float64Array<ArrayBuffer>;
}

/**
 * Makes a matrix of zeros.
 *
 * @param rows A count ≥ 0.
 * @param columns A count ≥ 0.
 */
export function zeros(rows: number, columns: number): Matrix {
  return { shape: [rows, columns], data: new Float64Array(rows * columns) };
}

/**
 * Copies some rows.
 *
 * @param matrix (N, D).
 * @param rows R row numbers, each 0 … N−1.
 * @returns (R, D).
 */
export function takeRows(matrix: Matrix, rows: readonly number[]): Matrix {
  const columns = matrix.shape[1];
  const taken = zeros(rows.length, columns);
  rows.forEach((row, i) => {
    taken.data.set(matrix.data.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return taken;
}
