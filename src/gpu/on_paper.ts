/**
 * A GPU on paper: what is made there has a shape and no memory, what is bound there is not compiled. So
 * the same code that trains tells beforehand what a training takes, and what each of its steps does.
 *
 * @module
 */
import type { Gpu } from "./device.ts";
import { createProof } from "./proof.ts";
import type { Sheet } from "./sheet.ts";
import type { Tensor } from "./tensor.ts";

/** A GPU on paper. */
export interface PaperGpu extends Gpu {
  /** What was made there, in order. */
  readonly paper: (Tensor | Sheet)[];
}

/** Puts an adapter and its tuning on paper: there nothing is too large, and no step can be submitted. */
export function onPaper(gpu: Gpu): PaperGpu {
  const endless = 2 ** 50;
  const limits = {
    maxTextureDimension2D: gpu.device.limits.maxTextureDimension2D, // long vectors are folded by it
    maxBufferSize: endless,
    maxStorageBufferBindingSize: endless,
    maxComputeWorkgroupsPerDimension: endless,
  };
  const device = {
    limits,
    queue: { writeBuffer() {}, writeTexture() {} },
    createBuffer({ size }: GPUBufferDescriptor) {
      return { getMappedRange: () => new ArrayBuffer(size), unmap() {} };
    },
    createTexture: () => ({ createView: () => ({}) }),
  };
  const paper: PaperGpu = {
    ...gpu,
    device: device as unknown as GPUDevice,
    proof: createProof(),
    resources: undefined,
    paper: [],
    check() {},
    settle: () => Promise.resolve(),
    guard: (_, run) => Promise.resolve(run()),
    scope: (run) => run(paper),
  };
  return paper;
}
