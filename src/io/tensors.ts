/**
 * The named arrays of a weights file of any format, listed without reading their numbers.
 *
 * @module
 */
import { MOST_BYTES } from "./files.ts";
import type { NdArray } from "./npy.ts";

/** An array in a file. */
export interface StoredTensor {
  /** As the file calls it: `features.0.weight`, `conv2d_1/kernel`. */
  name: string;
  /** The length of every axis. */
  shape: number[];
  /**
   * What its layer computes, where the file says so: `conv2d`, `depthwise_conv2d`; behind it the weight
   * where that is no kernel.
   */
  kind?: string;
  /** Why its numbers are none that can be used, in words; undefined where they are. */
  fault?: string;
  /**
   * Reads its numbers.
   *
   * @throws {Error} naming file and array, if what is there is not what the file announced.
   */
  read(): Promise<NdArray>;
}

/** What to do about quantized weights. */
export const WHOLE_NUMBERS =
  "whole numbers, as a quantized model has them; save it before it is quantized";

/** Why an array of so many bytes is not read, in words. */
export function faultOfSize(bytes: number): string | undefined {
  return bytes > MOST_BYTES ? `its ${bytes} bytes are more than ${MOST_BYTES}` : undefined;
}
