/**
 * The GPU's own bookkeeping, so that nothing waits inside an epoch: the clock, the record of an
 * epoch's losses, and each trial's best parameters.
 *
 * @module
 */
import judgeSource from "../../shaders/judge.wgsl" with { type: "text" };
import keepSource from "../../shaders/keep.wgsl" with { type: "text" };
import recordSource from "../../shaders/record.wgsl" with { type: "text" };
import tickSource from "../../shaders/tick.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step } from "../gpu/shader.ts";
import type { Tensor } from "../gpu/tensor.ts";

const recordShader = {
  name: "record",
  source: recordSource,
  bindings: { losses: "read", penalties: "read", clock: "read", records: "read_write" },
} as const satisfies Shader<string>;

const tickShader = {
  name: "tick",
  source: tickSource,
  bindings: { clock: "read_write" },
} as const satisfies Shader<string>;

const judgeShader = {
  name: "judge",
  source: judgeSource,
  bindings: { records: "read", best: "read_write" },
} as const satisfies Shader<string>;

const keepShader = {
  name: "keep",
  source: keepSource,
  bindings: { parameters: "read", best: "read", kept: "read_write" },
} as const satisfies Shader<string>;

/**
 * Writes a batch's sums into the epoch's record.
 *
 * @param losses (TRIALS, BATCH, 4)
 * @param penalties (TRIALS, PENALTIES)
 * @param records (TRIALS, STEPS, 4): Σ class weight · ce, Σ ce, Σ correct, penalty
 */
export async function record(
  gpu: Gpu,
  buffers: { losses: Tensor; penalties: Tensor; clock: Tensor; records: Tensor },
): Promise<Step[]> {
  const [trials, batch] = buffers.losses.shape;
  const step = await bind(gpu, recordShader, {
    buffers,
    constants: {
      ...{ BATCH: batch, PENALTIES: buffers.penalties.shape[1], STEPS: buffers.records.shape[1] },
    },
    workgroups: [1, 1, trials],
  });
  return [step];
}

/** Advances the clock: clock[0] += 1. */
export async function tick(gpu: Gpu, clock: Tensor): Promise<Step[]> {
  return [
    await bind(gpu, tickShader, { buffers: { clock }, constants: {}, workgroups: [1, 1, 1] }),
  ];
}

/**
 * Ends an epoch: keeps the parameters of the trials whose validation loss is the lowest so far.
 *
 * @param images Validation images behind the records.
 * @param records (TRIALS, STEPS, 4)
 * @param best (TRIALS, 4) u32: bits of the lowest loss, its epoch (from 0), 1 if just now, epochs seen
 * @param parameters (TRIALS, ROW), as `kept`
 */
export function keepBest(
  gpu: Gpu,
  images: number,
  { records, best, parameters, kept }: Record<"records" | "best" | "parameters" | "kept", Tensor>,
): Promise<Step[]> {
  const [trials, row] = parameters.shape;
  return Promise.all([
    bind(gpu, judgeShader, {
      buffers: { records, best },
      constants: { TRIALS: trials, STEPS: records.shape[1], IMAGES: images },
      workgroups: [ceilDiv(trials, 64), 1, 1],
    }),
    bind(gpu, keepShader, {
      buffers: { parameters, best, kept },
      constants: { ROW: row },
      workgroups: [ceilDiv(row, 64), 1, trials],
    }),
  ]);
}
