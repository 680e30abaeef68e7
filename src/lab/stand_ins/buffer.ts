/** What is used of node:buffer. @module */

/** Bytes behind each other, and bytes of anything. */
export const Buffer = {
  concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  },
  from: (bytes: ArrayLike<number>): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes),
  alloc: (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length),
};
