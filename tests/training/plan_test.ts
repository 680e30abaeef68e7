/**
 * What a training step may take of a GPU, the paper's network's above all: bounds on its plan.
 *
 * @module
 */
import { onPaper } from "../../src/gpu/on_paper.ts";
import { type Plan, planOf } from "../../src/gpu/plan.ts";
import { createSheet } from "../../src/gpu/sheet.ts";
import type { NetworkSpec } from "../../src/nn/layout.ts";
import { phase1Network } from "../../src/nn/paper_network.ts";
import { bindTraining } from "../../src/training/bind.ts";
import { assert } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

/** The plans of a step's dispatches, with the forms for GPUs. */
async function planStep(
  trials: number,
  batch: number,
  network: NetworkSpec = phase1Network(20),
): Promise<Plan[]> {
  const paper = onPaper({ ...gpu, tunedFor: "gpu" }), [height, width] = network.input;
  const pixels = [createSheet(paper, "images", [batch, height, width], "r32uint")];
  const examples = { bank: { pixels, labels: new Int32Array(batch), height, width } };
  const { step } = await bindTraining(paper, {
    network,
    batch,
    epochs: 1,
    train: examples,
    valid: examples,
    seeds: Array.from({ length: trials }, (_, seed) => seed),
    normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
    regularizer: { lambda: 0.05, denseL2: network.dense.map(() => 0.01) },
  });
  return step.map(planOf);
}

const sum = (plans: Plan[], of: (plan: Plan) => number) =>
  plans.reduce((total, plan) => total + of(plan), 0);

for (const [trials, batch, least] of [[1, 8, 40], [1, 32, 100], [20, 32, 500]]) {
  Deno.test(`a step of ${trials} × ${batch} fills a GPU, with few dispatches and small tiles`, async () => {
    const plans = await planStep(trials, batch);
    assert(plans.length <= 30, `${plans.length} dispatches`);
    const all = sum(plans, ({ multiplyAdds }) => multiplyAdds);
    const large = plans.filter(({ multiplyAdds }) => multiplyAdds > 0.02 * all);
    assert(large.length >= 7, `${large.length} shaders do the work`); // 3 layers, forward and back
    for (const { shader, workgroups, lanes } of large) {
      const waves = workgroups * lanes / 64;
      assert(waves >= least, `${shader}: ${waves} workgroups of 64 lanes`);
    }
    for (const { shader, tile, shared } of plans) {
      assert(tile <= 96 && shared <= 16_384, `${shader}: ${tile} numbers, ${shared} bytes`);
    }
  });
}

Deno.test("a step of 20 × 32 moves at most 1.4 MB an image", async () => {
  const plans = await planStep(20, 32);
  const bytes = sum(plans, ({ read, written }) => read + written) / (20 * 32);
  assert(bytes <= 1.4e6 && bytes > 5e5, `${bytes} bytes`);
});

Deno.test("a step keeps to a workgroup's memory, however large kernels are", async () => {
  const block = { kernel: 5, filters: 8, stride: 1, pool: 1, poolStride: 1 };
  const networks = [
    [{ ...block, kernel: 11, filters: 96, stride: 4, pool: 3, poolStride: 2 }, block],
    [block, { ...block, kernel: 20, stride: 20 }],
    [{ ...block, kernel: 31 }, { ...block, kernel: 31 }],
  ];
  for (const blocks of networks) {
    for (const [trials, batch] of [[1, 2], [4, 32]]) {
      const spec: NetworkSpec = { input: [99, 99, 3], blocks, dense: [10], dropout: [0] };
      for (const { shader, shared } of await planStep(trials, batch, spec)) {
        const [{ kernel: first }, { kernel: second }] = blocks;
        assert(shared <= 16_384, `${shader}, kernels ${first} and ${second}: ${shared} bytes`);
      }
    }
  }
});
