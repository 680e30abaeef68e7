/**
 * Memory that is given back at once.
 *
 * @module
 */

/**
 * Frees a large array, which is empty from then on. Left to the garbage collector, the arrays of several
 * pictures would be in memory at once. Small arrays, which may share a buffer, stay as they are.
 */
export function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 2 ** 20) buffer.transfer(0);
}
