/**
 * A question with a known answer, asked when a GPU is opened: one that skips dispatches, loses what it
 * writes or cannot add is refused before it has done any work.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { Gpu } from "./device.ts";
import { multiplyAdd } from "./multiply_add.ts";
import { bind, defineShader, submit } from "./shader.ts";
import { createSheet, uploadSheet } from "./sheet.ts";
import { createTensor, download } from "./tensor.ts";

const [LANES, ROUNDS] = [64, 16];

/**
 * Asks for x·½ + 1, sixteen times, from x = 0 … 63. Every step is exact in float32, fused or not.
 *
 * @throws {Error} When an answer is missing or wrong.
 */
export async function selfTest(gpu: Gpu): Promise<void> {
  const [y] = await gpu.scope(async (gpu) => {
    const numbers = createTensor(gpu, "numbers", [2], Float32Array.of(0.5, 1));
    const y = createTensor(gpu, "y", [LANES, 1], new Float32Array(LANES).fill(NaN));
    submit(gpu, [await multiplyAdd(gpu, ROUNDS, { numbers, y })]);
    return await download(gpu, [y]);
  });
  for (let i = 0; i < LANES; i++) {
    let x = i;
    for (let round = 0; round < ROUNDS; round++) x = x * 0.5 + 1;
    if (y[i] !== x) throw new Failure("gpu", `it computed ${y[i]} where ${x} is right`);
  }
}

const COPY = `
@group(0) @binding(0) var sheet: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(1)
fn main() { y[0] = textureLoad(sheet, vec2u(1, 0)); }`;
const copyTexel = defineShader("copy_texel", COPY, { sheet: "load", y: "write" });

/**
 * Reads a texel of a sheet, which not every WebGPU can.
 *
 * @throws {Error} In the compiler's words where it cannot; when it read another one.
 */
export async function testSheets(gpu: Gpu): Promise<void> {
  const texels = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const [y] = await gpu.scope(async (gpu) => {
    const sheet = createSheet(gpu, "sheet", [1, 2]);
    uploadSheet(gpu, sheet, texels);
    const y = createTensor(gpu, "y", [4]);
    const buffers = { sheet, y };
    submit(gpu, [await bind(gpu, copyTexel, { buffers, constants: {}, workgroups: [1, 1, 1] })]);
    return await download(gpu, [y]);
  });
  if (y.join() !== "5,6,7,8") {
    throw new Failure("gpu", `it read ${y.join()} where 5,6,7,8 is right`);
  }
}
