/**
 * The GPU's own bookkeeping, so that nothing waits inside an epoch: the clock, and the record of an
 * epoch's losses.
 *
 * @module
 */
import recordBatchSource from "../../shaders/record_batch.wgsl" with { type: "text" };
import tickSource from "../../shaders/tick.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, type Shader, type Step } from "../gpu/shader.ts";
import type { Tensor } from "../gpu/tensor.ts";

const recordBatchShader = {
  name: "record_batch",
  source: recordBatchSource,
  bindings: { losses: "read", penalties: "read", clock: "read", records: "write" },
} as const satisfies Shader<string>;

const tickShader = {
  name: "tick",
  source: tickSource,
  bindings: { clock: "read_write" },
} as const satisfies Shader<string>;

/**
 * Writes a batch's sums into the epoch's record.
 *
 * @param losses (TRIALS, BATCH, 4)
 * @param penalties (TRIALS, PENALTIES)
 * @param records (TRIALS, STEPS, 4): Σ class weight · ce, Σ ce, Σ correct, penalty
 */
export async function recordBatch(
  gpu: Gpu,
  buffers: { losses: Tensor; penalties: Tensor; clock: Tensor; records: Tensor },
): Promise<Step[]> {
  const [trials, batch] = buffers.losses.shape;
  const step = await bind(gpu, recordBatchShader, {
    buffers,
    constants: {
      ...{ BATCH: batch, PENALTIES: buffers.penalties.shape[1], STEPS: buffers.records.shape[1] },
    },
    workgroups: [1, 1, trials],
    touched: { clock: 1, records: 4 * trials },
  });
  return [step];
}

/** Advances the clock: clock[0] += 1. */
export async function tick(gpu: Gpu, clock: Tensor): Promise<Step[]> {
  return [
    await bind(gpu, tickShader, {
      ...{ buffers: { clock }, constants: {}, workgroups: [1, 1, 1], touched: { clock: 1 } },
    }),
  ];
}
