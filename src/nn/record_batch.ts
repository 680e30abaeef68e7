/**
 * The GPU's own bookkeeping, so that nothing waits inside an epoch: the clock, and the record of an
 * epoch's losses.
 *
 * @module
 */
import recordBatchSource from "../../shaders/record_batch.wgsl" with { type: "text" };
import tickSource from "../../shaders/tick.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, defineShader, type Step } from "../gpu/shader.ts";
import type { Tensor } from "../gpu/tensor.ts";

const recordBatchShader = defineShader("record_batch", recordBatchSource, {
  losses: "read",
  penalties: "read",
  clock: "read",
  records: "write",
});

const tickShader = defineShader("tick", tickSource, { clock: "read_write" });

/**
 * Writes a batch's sums into the epoch's record.
 *
 * @param losses (TRIALS, BATCH, 4)
 * @param penalties (TRIALS, PENALTIES)
 * @param records (TRIALS, STEPS, 4): Σ class weight · ce, Σ ce, Σ correct, penalty
 */
export function recordBatch(
  gpu: Gpu,
  buffers: { losses: Tensor; penalties: Tensor; clock: Tensor; records: Tensor },
): Promise<Step> {
  const { losses: { shape: [trials, batch] }, penalties, records } = buffers;
  return bind(gpu, recordBatchShader, {
    buffers,
    constants: { BATCH: batch, PENALTIES: penalties.shape[1], STEPS: records.shape[1] },
    workgroups: [1, 1, trials],
    touched: { clock: 1, records: 4 * trials },
  });
}

/** Advances the clock: clock[0] += 1. */
export function tick(gpu: Gpu, clock: Tensor): Promise<Step> {
  const binding = { buffers: { clock }, constants: {}, touched: { clock: 1 } };
  return bind(gpu, tickShader, { ...binding, workgroups: [1, 1, 1] });
}
