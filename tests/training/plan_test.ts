/**
 * What a training step of the paper's network may take of a GPU: bounds on its plan.
 *
 * @module
 */
import { onPaper } from "../../src/gpu/paper.ts";
import { type Plan, planOf } from "../../src/gpu/plan.ts";
import { createSheet } from "../../src/gpu/sheet.ts";
import { phase1Network } from "../../src/nn/cnn.ts";
import { bindTraining } from "../../src/training/bind.ts";
import { assert } from "../assert.ts";
import { gpu } from "../device.ts";

/** The plans of a step's dispatches, with the forms for GPUs. */
async function planStep(trials: number, batch: number): Promise<Plan[]> {
  const paper = onPaper({ ...gpu, tunedFor: "gpu" });
  const pixels = [createSheet(paper, "images", [batch, 200, 200], "r32uint")];
  const examples = {
    bank: { pixels, labels: new Int32Array(batch), height: 200, width: 200 },
  };
  const { step } = await bindTraining(paper, {
    ...{ network: phase1Network(20), batch, epochs: 1, train: examples, valid: examples },
    seeds: Array.from({ length: trials }, (_, seed) => seed),
    normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
    regularizer: { lambda: 0.05, denseL2: [0.01, 0] },
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
