/**
 * The eigendecomposition of mathjs with plain numbers as its arithmetic. Its own arithmetic also serves
 * fractions, big numbers and complex ones; the page would load 200 kB for what is never used here.
 *
 * @module
 */
// @ts-expect-error: mathjs exports it, with the names of its dependencies, and its types leave it out
import { createEigs } from "mathjs";

type Rows = number[][];
type Pairs = { eigenvectors: { value: number; vector: number[] }[] };

function unused(): never {
  throw new Error("Cannot decompose a matrix: mathjs finds it asymmetric");
}

/**
 * Decomposes a symmetric matrix by Jacobi's rotations, the largest element off the diagonal first.
 *
 * @param rows (D, D), finite and symmetric to the last bit; it is overwritten.
 * @returns Pairs of an eigenvalue and its unit eigenvector, the value of least magnitude first.
 */
export const eigs: (rows: Rows) => Pairs = createEigs({
  ...Object.fromEntries(createEigs.dependencies.map((name: string) => [name, unused])),
  config: { relTol: 1e-12 }, // as mathjs has it
  typed: (_: string, forType: { Array: typeof eigs }) => forType.Array,
  matrix: (rows: Rows) => ({
    toArray: () => rows,
    size: () => [rows.length, rows[0]?.length ?? 0],
    datatype: () => "number",
  }),
  re: (value: number) => value,
  im: () => 0,
  abs: Math.abs,
  bignumber: (value: number) => value,
  subtract: (a: number, b: number) => a - b,
  larger: (a: number, b: number) => a > b,
});
