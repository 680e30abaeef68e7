/**
 * Numbers of 16 bits, as float32, which holds every one of them.
 *
 * @module
 */

/** Widens float16, IEEE's. */
export function fromHalf({ buffer, byteOffset, length }: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(new Float16Array(buffer, byteOffset, length));
}

/** Widens bfloat16: the upper half of a float32. */
export function fromBrain(values: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(values, (half) => half << 16).buffer);
}
