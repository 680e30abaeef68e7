/**
 * Makes safetensors files for the tests.
 *
 * @module
 */

/** What a header says of a tensor. */
export interface TensorHeader {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * A file of this header and these numbers.
 *
 * @param header JSON as text may be wrong.
 * @param length What the file says the header's length is.
 */
export function buildSafetensors(
  header: Record<string, unknown> | string,
  data: Uint8Array,
  length?: bigint,
): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** A file of float32 tensors, one behind the other. */
export function packSafetensors(
  tensors: Record<string, { shape: number[]; data: Float32Array }>,
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]): [string, TensorHeader] => {
      const begin = end;
      end += data.byteLength;
      return [name, { dtype: "F32", shape, data_offsets: [begin, end] }];
    }),
  );
  const all = Float32Array.from(Object.values(tensors).flatMap(({ data }) => [...data]));
  return buildSafetensors(header, new Uint8Array(all.buffer));
}
