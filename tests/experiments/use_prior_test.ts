import { readPrior } from "../../src/experiments/use_prior.ts";
import { Failure } from "../../src/failure.ts";
import { writeNpy } from "../../src/io/npy.ts";
import { type ConvBlock, createLayout } from "../../src/nn/layout.ts";
import { phase2Network } from "../../src/nn/paper_network.ts";
import { createRandom } from "../../src/random.ts";
import { covarianceFile } from "../../src/runs/file_names.ts";
import { assertEquals, assertRejects } from "../helpers/assert.ts";
import { test } from "../helpers/folders.ts";

const FIXTURE = `${import.meta.dirname}/../fixtures/fit`;

/** The layout of a network with kernels of these sides. */
function layoutOf(...kernels: number[]) {
  const rest = { filters: 4, stride: 1, pool: 1, poolStride: 1 };
  const blocks = kernels.map((kernel): ConvBlock => ({ kernel, ...rest }));
  return createLayout({ input: [16, 16, 3], blocks, dense: [2], dropout: [0] });
}

Deno.test("readPrior knows the paper's prior by the hash that earlier versions gave it", async () => {
  const { hash, used, doubts } = await readPrior(createLayout(phase2Network(10)), {
    covDir: FIXTURE,
  });
  assertEquals(hash, "402387646a88cf0a6998add39c2fa370b4010ada945ad4ba5893d1997018081e");
  assertEquals([used.covDir, doubts], [FIXTURE, []]);
  assertEquals(
    used.layers.map(({ layer, prior, rank, dimensions }) => [layer, prior, rank, dimensions]),
    [["conv2d_1", "conv1", 3, 75], ["conv2d_2", "conv2", 2, 25], ["conv2d_3", "conv3", 2, 25]],
  );
});

Deno.test("readPrior gives every layer of another network the Gaussian of its size, and 1×1 kernels L2", async () => {
  const options = { covDir: FIXTURE, priorFor: [["conv2d_4", "conv2"]] as const };
  const prior = await readPrior(layoutOf(5, 1, 5, 5, 5), options);
  assertEquals(prior.used.layers.map(({ prior }) => prior), [
    ...["conv1", null, "conv3", "conv2", "conv3"],
  ]);
  const [, second, third, fourth, fifth] = prior.precisions;
  assertEquals([second, fourth.length], [Float64Array.of(1), 25 ** 2]);
  assertEquals(third, fifth);
  const drawn = prior.drawKernels(createRandom(1));
  // 4 filters of 75 weights; L2's own start; 4 filters of 4 channels of 25 weights.
  assertEquals(drawn.map((kernels) => [kernels?.dimensions, kernels?.values.length]), [
    ...[[75, 300], [undefined, undefined], [25, 400], [25, 400], [25, 400]],
  ]);
  const other = await readPrior(layoutOf(5, 1, 5, 5, 5), { covDir: FIXTURE });
  assertEquals(other.hash === prior.hash, false);
});

test("readPrior refuses what fits no layer, and what is no covariance, as bad input", async (dir) => {
  const refuse = (says: string, ...kernels: number[]) =>
    assertRejects(() => readPrior(layoutOf(...kernels), { covDir: dir }), Failure, says);
  await refuse(`Cannot find a fitted prior in ${dir}: there is no ${dir}/conv1_cov_rank3.npy`, 5);
  await writeNpy(covarianceFile(dir, 1, 3), { shape: [27, 27], data: new Float32Array(27 ** 2) });
  await refuse(`Cannot use ${dir}: conv2d_2 (kernels 5×5×4) wants vectors of 25 weights`, 3, 5);
  await refuse("its eigenvalues reach from 0.0e+0", 3); // Σ of nothing but 0
  await writeNpy(covarianceFile(dir, 1, 3), { shape: [27, 2], data: new Float32Array(54) });
  await refuse("its shape (27, 2) is not square", 3);
});
