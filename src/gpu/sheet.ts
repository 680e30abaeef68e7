/**
 * A sheet: blocks of texels in one 2D texture. Maps that shaders read many times live here.
 *
 * Loading eight lanes' numbers from a storage buffer takes 33 cycles on Mesa's CPU adapter, texels of
 * four numbers 17 (docs/PERFORMANCE.md); a GPU has caches made for this. A shader finds block i at
 *
 *     vec2u(i / DOWN * WIDTH, i % DOWN * HEIGHT)
 *
 * @module
 */
import type { Gpu } from "./device.ts";
import { download, readStaging, sizeOf } from "./tensor.ts";

/** What a texel holds: four floats, or one word (an RGBA pixel of 8 bits a channel). */
export type TexelFormat = "rgba32float" | "r32uint";

/** Blocks of texels, all of one size. */
export interface Sheet {
  /** The memory. */
  readonly texture: GPUTexture;
  /** What is bound. */
  readonly view: GPUTextureView;
  /** (…BLOCKS, HEIGHT, WIDTH), in texels. */
  readonly shape: readonly number[];
  /** DOWN: blocks below each other before the next column of blocks begins. */
  readonly down: number;
  /** What a texel holds. */
  readonly format: TexelFormat;
  /** Its name in error messages. */
  readonly label: string;
}

const BYTES: Record<TexelFormat, number> = { rgba32float: 16, r32uint: 4 };
/** Most bytes of a texture, of which no limit of WebGPU's tells: Mesa's CPU adapter stops at 1 GiB. */
const MOST_BYTES = { gpu: 4 * 2 ** 30, software: 2 ** 30 };
const USAGE = 0x01 | 0x02 | 0x08; // COPY_SRC | COPY_DST | STORAGE_BINDING, as browsers number them

/**
 * Creates a sheet of zeros.
 *
 * @param shape (…BLOCKS, HEIGHT, WIDTH) in texels, all positive integers.
 * @throws {RangeError} When a size is no positive integer or the adapter's textures are too small.
 */
export function createSheet(
  gpu: Gpu,
  label: string,
  shape: readonly number[],
  format: TexelFormat = "rgba32float",
): Sheet {
  gpu.check();
  if (shape.length < 2 || shape.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new RangeError(
      `Cannot create ${label}: shape [${shape}] must be two or more positive integers`,
    );
  }
  const { blocks, height, width } = blocksOf(shape);
  const side = gpu.device.limits.maxTextureDimension2D;
  if (blocks > blocksAtMost(gpu, height, width)) {
    throw new RangeError(
      `Cannot create ${label} of shape [${shape}]: it does not fit the adapter's textures of ` +
        `${side}×${side} texels, or the bytes that one may take; use fewer trials, a smaller batch or smaller images`,
    );
  }
  // The fewest columns of blocks, as even as they come. Where one does, DOWN is what it could hold: so
  // shaders are the same, and compiled once, for any number of blocks.
  const most = Math.max(1, Math.floor(side / height)), columns = Math.ceil(blocks / most);
  const down = columns === 1 ? most : Math.ceil(blocks / columns);
  const texture = gpu.device.createTexture({
    label,
    format,
    usage: USAGE,
    size: [columns * width, Math.min(blocks, down) * height],
  });
  gpu.resources?.add(texture);
  const sheet = { texture, view: texture.createView(), shape, down, format, label };
  gpu.paper?.push(sheet);
  return sheet;
}

/** How many blocks of HEIGHT × WIDTH texels one sheet can hold on this adapter; 0 where none fits. */
export function blocksAtMost(gpu: Gpu, height: number, width: number): number {
  if (gpu.paper) return Infinity;
  const side = gpu.device.limits.maxTextureDimension2D;
  const bytes = gpu.adapter.software ? MOST_BYTES.software : MOST_BYTES.gpu;
  return Math.min(
    Math.floor(side / height) * Math.floor(side / width),
    Math.floor(bytes / (16 * height * width)),
  );
}

/** The constants by which a shader finds its way: NAME_DOWN, NAME_HEIGHT, NAME_WIDTH. */
export function sheetConstants<Name extends string>(
  name: Name,
  { shape, down }: Sheet,
): Record<`${Name}_${"DOWN" | "HEIGHT" | "WIDTH"}`, number> {
  const { height, width } = blocksOf(shape);
  const entries = { [`${name}_DOWN`]: down, [`${name}_HEIGHT`]: height, [`${name}_WIDTH`]: width };
  return entries as Record<`${Name}_${"DOWN" | "HEIGHT" | "WIDTH"}`, number>;
}

/**
 * Overwrites a whole sheet; ordered with submissions, never waits.
 *
 * @param data (…BLOCKS, HEIGHT, WIDTH) texels: four floats each, or four bytes.
 * @throws {TypeError} When `data` does not fill the sheet.
 */
export function uploadSheet(
  gpu: Gpu,
  { texture, shape, down, format, label }: Sheet,
  data: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>,
): void {
  gpu.check();
  const bytes = BYTES[format] * sizeOf(shape);
  if (data.byteLength !== bytes) {
    throw new TypeError(`Cannot upload ${label}: ${data.byteLength} bytes do not fill [${shape}]`);
  }
  const { blocks, height, width } = blocksOf(shape);
  // Blocks below each other are contiguous rows of `width` texels.
  for (let first = 0; first < blocks; first += down) {
    const rows = Math.min(down, blocks - first) * height;
    gpu.device.queue.writeTexture(
      { texture, origin: [first / down * width, 0] },
      data,
      {
        offset: first * height * width * BYTES[format],
        bytesPerRow: width * BYTES[format],
        rowsPerImage: rows,
      },
      [width, rows],
    );
  }
}

/**
 * Copies a sheet of floats back, after everything submitted so far.
 *
 * @returns (…BLOCKS, HEIGHT, WIDTH, 4)
 * @throws {TypeError} When its texels are no floats.
 */
export async function downloadSheet(gpu: Gpu, sheet: Sheet): Promise<Float32Array<ArrayBuffer>> {
  const snapshots = createSnapshots(gpu, sheet, 1);
  snapshots.take();
  return (await snapshots.download())[0];
}

/** A sheet of floats as it was at several moments. */
export interface Snapshots {
  /** Copies the sheet as it is after everything submitted so far; never waits. */
  take(): void;
  /** Waits once and gives (…BLOCKS, HEIGHT, WIDTH, 4) for each snapshot; comes last. */
  download(): Promise<Float32Array<ArrayBuffer>[]>;
}

/**
 * Makes room on the GPU for snapshots of a sheet.
 *
 * @param count The most that will be taken.
 * @throws {TypeError} When its texels are no floats.
 * @throws {RangeError} When the count is no positive integer, or they do not fit the adapter's largest
 *   buffer.
 */
export function createSnapshots(
  gpu: Gpu,
  { texture, shape, down, format, label }: Sheet,
  count: number,
): Snapshots {
  if (format !== "rgba32float") throw new TypeError(`Cannot download ${label}: it holds no floats`);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot download ${label} ${count} times: give a positive integer`);
  }
  const { blocks, height, width } = blocksOf(shape);
  const bytesPerRow = Math.ceil(texture.width * 16 / 256) * 256;
  const bytes = bytesPerRow * texture.height;
  if (count * bytes > gpu.device.limits.maxBufferSize) {
    throw new RangeError(
      `Cannot download ${label} ${count} times: its ${bytes} bytes a time exceed the adapter's ` +
        `${gpu.device.limits.maxBufferSize} a buffer; use fewer images or trials at once`,
    );
  }
  const staging = gpu.device.createBuffer({
    label: "staging",
    size: count * bytes,
    usage: 0x01 | 0x08, // MAP_READ | COPY_DST
  });
  gpu.resources?.add(staging);
  let taken = 0;
  return {
    take() {
      const encoder = gpu.device.createCommandEncoder();
      const target = { buffer: staging, offset: bytes * taken++, bytesPerRow };
      encoder.copyTextureToBuffer({ texture }, target, [texture.width, texture.height]);
      gpu.device.queue.submit([encoder.finish()]);
    },
    async download() {
      await download(gpu, []); // what was skipped is noticed there
      const [bytes] = await readStaging(gpu, staging), all = new Float32Array(bytes);
      return Array.from({ length: taken }, (_, snapshot) => {
        const data = new Float32Array(4 * sizeOf(shape));
        for (let line = 0; line < blocks * height; line++) {
          const block = Math.floor(line / height);
          const row = snapshot * texture.height + block % down * height + line % height;
          const at = row * bytesPerRow / 4 + Math.floor(block / down) * width * 4;
          data.set(all.subarray(at, at + width * 4), line * width * 4);
        }
        return data;
      });
    },
  };
}

function blocksOf(shape: readonly number[]): { blocks: number; height: number; width: number } {
  const [height, width] = shape.slice(-2);
  return { blocks: sizeOf(shape.slice(0, -2)), height, width };
}
