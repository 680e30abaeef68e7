/**
 * A thin layer over WebGPU: tensors, sheets, shaders that are checked before they run, and errors that
 * are thrown; in Deno and in a browser.
 *
 * @example Double some numbers
 * ```ts
 * import { bind, createTensor, download, openGpu, submit } from "@skreg/skreg/gpu";
 *
 * const double = {
 *   name: "double",
 *   source: `
 * const COUNT: u32 = 1;
 * @group(0) @binding(0) var<storage, read> x: array<f32>;
 * @group(0) @binding(1) var<storage, read_write> y: array<f32>;
 *
 * @compute @workgroup_size(64)
 * fn main(@builtin(global_invocation_id) id: vec3u) {
 *   if (id.x < COUNT) { y[id.x] = 2.0 * x[id.x]; }
 * }`,
 *   bindings: { x: "read", y: "write" },
 * } as const;
 *
 * const gpu = await openGpu();
 * const x = createTensor(gpu, "x", [3], Float32Array.of(1, 2, 3));
 * const y = createTensor(gpu, "y", [3]);
 * const step = await bind(gpu, double, {
 *   buffers: { x, y },
 *   constants: { COUNT: 3 },
 *   workgroups: [1, 1, 1],
 * });
 * submit(gpu, [step]);
 * const [doubled] = await download(gpu, [y]);
 * console.log(doubled); // 2, 4, 6
 * gpu.close();
 * ```
 *
 * @module
 */
export { Failure, type FailureKind } from "../failure.ts";
export type { AdapterSummary } from "./adapter.ts";
export { type Gpu, openGpu, type OpenOptions } from "./device.ts";
export { onPaper, type PaperGpu } from "./on_paper.ts";
export { type Plan, planOf } from "./plan.ts";
export type { Mark, Proof } from "./proof.ts";
export {
  type Access,
  bind,
  type Binding,
  encode,
  type Shader,
  type Step,
  submit,
} from "./shader.ts";
export {
  createSheet,
  downloadSheet,
  type Sheet,
  sheetConstants,
  type TexelFormat,
  uploadSheet,
} from "./sheet.ts";
export type { Constants } from "./specialize.ts";
export { createTensor, download, type Source, type Tensor, upload } from "./tensor.ts";
export type { Tuning } from "./tuning.ts";
