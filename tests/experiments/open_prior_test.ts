import { openBuiltIn } from "../../src/experiments/open_prior.ts";
import summary from "../../src/experiments/box/summary.json" with { type: "json" };
import { checkCovariance } from "../../src/prior/gaussian.ts";
import { spectrum } from "../../src/prior/spectrum.ts";
import { PAPER_BLOCKS } from "../../src/nn/paper_network.ts";
import { assert, assertAlmostEquals, assertEquals } from "../helpers/assert.ts";

const README = await Deno.readTextFile(
  `${import.meta.dirname}/../../src/experiments/box/README.md`,
);

Deno.test("openBuiltIn gives one whole fit of the paper's network, with nothing against it", async () => {
  const { dir, networks, gaussians, doubts } = openBuiltIn();
  assertEquals([dir, networks, doubts], [null, summary.trials, []]);
  for (const [i, { name, layer, rank, dimensions, covariance }] of gaussians.entries()) {
    await checkCovariance(covariance, name);
    const fitted = summary.layers[i], { tikhonov, logLikelihood } = fitted;
    assertEquals([`conv${layer}`, rank, dimensions], [fitted.name, fitted.rank, fitted.dimensions]);
    const channels = rank === 3 ? 1 : PAPER_BLOCKS[i - 1].filters;
    assertEquals(fitted.samples, summary.trials * PAPER_BLOCKS[i].filters * channels);
    // That matrices and numbers are of the same fit: no eigenvalue lies below τ, and the variance tells the
    // log-density of the independent Gaussian, held out or not, to 1 %.
    const { values } = await spectrum(covariance);
    assert(values[0] > 0.999 * tikhonov, `${name}: ${values[0]}, τ ${tikhonov}`);
    const variance = values.reduce((sum, value) => sum + value / dimensions, -tikhonov);
    const nats = -0.5 * dimensions * channels * (Math.log(2 * Math.PI * variance) + 1);
    assertAlmostEquals(nats / logLikelihood.independent, 1, 0.01, name);
  }
  assertEquals(gaussians.length, PAPER_BLOCKS.length);
});

Deno.test("openBuiltIn's prior is described by the page beside it", () => {
  assert(README.includes(`${summary.trials} networks`), "the number of networks");
  for (const { name, samples, tikhonov, logLikelihood } of summary.layers) {
    const { independent, correlated } = logLikelihood;
    const row = README.split("\n").find((line) => line.startsWith(`| ${name} `)) ?? "";
    const cells = row.split("|").map((cell) => cell.trim());
    const figures = [String(samples), tikhonov.toExponential(2), independent.toFixed(2)];
    for (const figure of [...figures, correlated.toFixed(2)]) {
      assert(cells.includes(figure), `${name}: ${figure} is not in ${row}`);
    }
  }
});
