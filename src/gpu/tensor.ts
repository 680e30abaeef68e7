/**
 * A tensor: a GPU buffer with the shape of what lies in it, 4 bytes an element, C order.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { Gpu } from "./device.ts";
import { compareMarks, copyMarks } from "./proof.ts";

/** A GPU buffer with a shape; elements are f32 or u32, whichever the shader says. */
export interface Tensor {
  /** The memory. */
  readonly buffer: GPUBuffer;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Its name in error messages. */
  readonly label: string;
}

/** What can be uploaded: anything 4 bytes wide, or bytes that are packed by four. */
export type Source =
  | Float32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

const STORAGE = 0x80 | 0x08 | 0x04; // STORAGE | COPY_DST | COPY_SRC, as browsers number them

/**
 * Creates a tensor of zeros, or uploads one.
 *
 * @param shape Sizes, all positive integers.
 * @param data (…shape) elements; default zeros.
 * @throws {RangeError} When a size is no positive integer or the tensor exceeds the largest binding.
 * @throws {TypeError} When `data` has another number of elements.
 * @throws {Error} When the GPU failed before, or gives no memory.
 */
export function createTensor(
  gpu: Gpu,
  label: string,
  shape: readonly number[],
  data?: Source,
): Tensor {
  gpu.check();
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new RangeError(`Cannot create ${label}: shape [${shape}] must be positive integers`);
  }
  const bytes = 4 * sizeOf(shape);
  const limit = Math.min(
    gpu.device.limits.maxStorageBufferBindingSize,
    gpu.device.limits.maxBufferSize,
  );
  if (bytes > limit) {
    throw new RangeError(
      `Cannot create ${label} of shape [${shape}]: ${megabytes(bytes)} exceed the adapter's ` +
        `${megabytes(limit)} a buffer; use fewer trials, a smaller batch or smaller images`,
    );
  }
  if (data && data.byteLength !== bytes) {
    throw new TypeError(
      `Cannot upload ${label}: ${data.byteLength} bytes do not fill the shape [${shape}]`,
    );
  }
  const buffer = gpu.device.createBuffer({
    label,
    size: bytes,
    usage: STORAGE,
    mappedAtCreation: data !== undefined,
  });
  gpu.resources?.add(buffer);
  if (data) {
    try {
      new Uint8Array(buffer.getMappedRange()).set(
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      );
    } catch (cause) { // no memory, or no device
      throw new Failure("gpu", `Cannot upload ${label}: ${(cause as Error).message}`, { cause });
    }
    buffer.unmap();
  }
  const tensor = { buffer, shape, label };
  gpu.paper?.push(tensor);
  return tensor;
}

/** Overwrites a whole tensor; ordered with submissions, never waits. */
export function upload(gpu: Gpu, tensor: Tensor, data: Source): void {
  gpu.check();
  if (data.byteLength !== 4 * sizeOf(tensor.shape)) {
    throw new TypeError(`Cannot upload ${tensor.label}: ${data.byteLength} bytes do not fill it`);
  }
  gpu.device.queue.writeBuffer(tensor.buffer, 0, data);
}

/**
 * Copies one row (leading axis) of a tensor into another of the same shape; ordered, never waits.
 *
 * @throws {TypeError} When the shapes differ.
 * @throws {RangeError} When there is no such row.
 */
export function copyRow(gpu: Gpu, source: Tensor, target: Tensor, row: number): void {
  gpu.check();
  if (source.shape.join() !== target.shape.join()) {
    throw new TypeError(
      `Cannot copy ${source.label} of shape [${source.shape}] to ${target.label} of [${target.shape}]`,
    );
  }
  if (!Number.isInteger(row) || row < 0 || row >= source.shape[0]) {
    throw new RangeError(`Cannot copy row ${row} of ${source.label}: it has ${source.shape[0]}`);
  }
  const bytes = 4 * sizeOf(source.shape.slice(1));
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(source.buffer, row * bytes, target.buffer, row * bytes, bytes);
  gpu.device.queue.submit([encoder.finish()]);
}

/**
 * Copies tensors back through one staging buffer, after everything submitted so far.
 *
 * The copy is queued at once; only the returned promise waits, so work submitted after this call
 * does not change what is read.
 *
 * @throws {Error} When the GPU failed, or skipped a dispatch submitted before.
 * @returns One Float32Array a tensor (view it as Uint32Array where the shader wrote u32).
 */
export async function download(
  gpu: Gpu,
  tensors: readonly Tensor[],
): Promise<Float32Array<ArrayBuffer>[]> {
  let end = 0;
  const parts = tensors.map(({ shape }) => {
    const part = { at: end, size: 4 * sizeOf(shape) };
    end += Math.ceil(part.size / 8) * 8; // what is read begins at a multiple of 8
    return part;
  });
  const staging = gpu.device.createBuffer({
    label: "staging",
    size: end + 4 * Math.max(1, gpu.proof.pending.size),
    usage: 0x01 | 0x08, // MAP_READ | COPY_DST
  });
  const encoder = gpu.device.createCommandEncoder();
  tensors.forEach(({ buffer }, i) => {
    const { at, size } = parts[i];
    encoder.copyBufferToBuffer(buffer, 0, staging, at, size);
  });
  const marks = copyMarks(gpu, encoder, staging, end);
  const encoded = marks.map((mark) => mark.encoded);
  gpu.device.queue.submit([encoder.finish()]);
  const read = await readStaging(gpu, staging, [...parts, { at: end, size: 4 * marks.length }]);
  const counted = new Uint32Array(read.pop()!);
  compareMarks(gpu, marks, encoded, counted);
  return read.map((bytes) => new Float32Array(bytes));
}

/**
 * Waits for the copies into a staging buffer, reads parts of it and destroys it.
 *
 * @param parts Their bytes: from where, a multiple of 8, and how many, a multiple of 4; default all.
 * @returns Each part, in memory of its own.
 * @throws {Error} What the GPU reported meanwhile.
 */
export async function readStaging(
  gpu: Gpu,
  staging: GPUBuffer,
  parts: readonly { at: number; size: number }[] = [{ at: 0, size: staging.size }],
): Promise<ArrayBuffer[]> {
  try {
    await staging.mapAsync(1);
    const read = parts.map(({ at, size }) => staging.getMappedRange(at, size).slice(0));
    gpu.check();
    return read;
  } catch (cause) {
    await gpu.settle(); // a device that is gone says so a little later
    throw new Failure("gpu", `Cannot read from the GPU: ${(cause as Error).message}`, { cause });
  } finally {
    staging.destroy();
  }
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
