/**
 * Whether this machine's GPU computes what it should: every shader against its float64 twin.
 *
 * A driver that compiles a shader wrongly gives no error, only wrong numbers. So each shader runs at
 * the paper's shape and at random awkward ones on random numbers, into outputs full of poison, and
 * is compared with plain loops on the CPU (src/reference).
 *
 * @module
 */
import { adamCase } from "./adam.ts";
import { augmentCase } from "./augment.ts";
import { type Case, type CaseResult, isRight } from "./case.ts";
import * as convPool from "./conv_pool.ts";
import { backwardCase, denseCase } from "./dense.ts";
import { dropoutCase, multiplyCase } from "./dropout.ts";
import { findNonFiniteCase } from "./finite.ts";
import { multiplyAddCase } from "./multiply_add.ts";
import { packKernelsCase } from "./pack_kernels.ts";
import { recordBatchCase, tickCase } from "./record_batch.ts";
import { penaltyCase } from "./regularizer.ts";
import { softmaxCase } from "./softmax_cross_entropy.ts";
import { sumPartialsCase } from "./sum_partials.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Tuning } from "../gpu/tuning.ts";
import { createRandom, mixSeed, type Random } from "../random.ts";

/** One check for each file of shaders/, in the order of a training step. */
export const SHADER_CASES: Readonly<Record<string, Case>> = {
  augment: augmentCase,
  pack_kernels: packKernelsCase,
  conv_pool: convPool.fusedCase,
  conv_pool_gpu: convPool.fusedCase,
  conv: convPool.convCase,
  conv_gpu: convPool.convCase,
  max_pool: convPool.maxPoolCase,
  max_pool_backward: convPool.maxPoolBackwardCase,
  conv_backward_kernel: convPool.backwardKernelCase,
  conv_backward_kernel_gpu: convPool.backwardKernelCase,
  conv_pool_backward_kernel: convPool.fusedBackwardCase,
  conv_pool_backward_kernel_gpu: convPool.fusedBackwardCase,
  sum_partials: sumPartialsCase,
  dropout: dropoutCase,
  multiply: multiplyCase,
  dense: denseCase,
  dense_backward_input: backwardCase("dx"),
  dense_backward_kernel: backwardCase("gradients"),
  softmax_cross_entropy: softmaxCase,
  l2: penaltyCase("l2"),
  smooth_kernel: penaltyCase("sk"),
  adam: adamCase,
  record_batch: recordBatchCase,
  tick: tickCase,
  find_non_finite: findNonFiniteCase,
  multiply_add: multiplyAddCase,
};

/** The shaders that serve an adapter so tuned, of those of {@linkcode SHADER_CASES}. */
export function shadersFor(tunedFor: Tuning): string[] {
  const names = Object.keys(SHADER_CASES);
  return names.filter((name) =>
    tunedFor === "gpu"
      ? name !== "pack_kernels" && !names.includes(`${name}_gpu`)
      : !name.endsWith("_gpu")
  );
}

/** A shader's worst result over the rounds. */
export interface ShaderCheck extends CaseResult {
  shader: string;
}

/** Runs one shader at one shape (see `Case`) and frees what that took on the GPU. */
export function checkShader(
  gpu: Gpu,
  shader: string,
  random: Random,
  paper = false,
): Promise<CaseResult> {
  return gpu.scope((scoped) => SHADER_CASES[shader](scoped, random, paper));
}

/**
 * Runs every shader that the adapter's tuning uses against its twin.
 *
 * @param options.seed Draws shapes and numbers; equal seeds give equal checks.
 * @param options.rounds Shapes a shader, ≥ 1: the paper's, then random ones; default 6.
 * @param on Called after each shader, with its worst shape.
 * @returns Whether every error is within its bound.
 * @throws {Error} When a shader does not compile or the GPU reports an error.
 */
export async function checkShaders(
  gpu: Gpu,
  { seed, rounds = 6 }: { seed: number; rounds?: number },
  on: (check: ShaderCheck) => void,
): Promise<boolean> {
  let healthy = true;
  for (const shader of shadersFor(gpu.tunedFor)) {
    let worst: CaseResult | undefined;
    for (let round = 0; round < rounds; round++) {
      // All shaders draw from one stream: those of one layer run at equal shapes and compile once.
      const random = createRandom(mixSeed(seed, round));
      const result = await checkShader(gpu, shader, random, round === 0);
      if (!worst || result.error > worst.error) worst = result;
    }
    if (!worst) continue;
    healthy &&= isRight(worst);
    on({ shader, ...worst });
  }
  return healthy;
}
