import { chooseGaussians, type LayerPair } from "../../src/prior/choose_gaussians.ts";
import type { Rank } from "../../src/prior/kernels.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

/** A network of layers [kernel, channels], from the image on. */
const network = (...layers: [kernel: number, channels: number][]) =>
  layers.map(([kernel, channels], i) => ({ name: `conv2d_${i + 1}`, kernel, channels }));

/** A prior of layers [rank, dimensions]. */
const prior = (...layers: [rank: Rank, dimensions: number][]) => ({
  source: "data/my_fit",
  gaussians: layers.map(([rank, dimensions], i) => ({ layer: i + 1, rank, dimensions })),
});

const PAPER = prior([3, 75], [2, 25], [2, 25]);

for (
  const [what, layers, gaussians, expected] of [
    [
      "the layer of the same number",
      [[5, 3], [5, 5], [5, 10]],
      [[3, 75], [2, 25], [2, 25]],
      "1 2 3",
    ],
    ["at any number of channels", [[5, 3], [5, 64]], [[3, 75], [2, 25]], "1 2"],
    ["the nearest of the same size", [[5, 3], [5, 9], [3, 9]], [[3, 75], [2, 9], [2, 25]], "1 3 2"],
    ["the first of equally near ones", [[3, 3], [5, 9]], [[2, 25], [2, 9], [2, 25]], "2 1"],
    ["its own of the other rank", [[5, 3], [3, 4]], [[2, 25], [3, 36]], "1 2"],
    ["another where its own does not fit", [[7, 3], [5, 4]], [[2, 25], [2, 49]], "2 1"],
    ["the usual rank, if less near", [[5, 3], [5, 4], [5, 3]], [[2, 25], [3, 75]], "1 1 1"],
    ["the other rank where only that fits", [[3, 1], [5, 3]], [[3, 75], [2, 9]], "2 1"],
    ["none for 1×1 kernels", [[5, 3], [1, 8], [5, 75]], [[3, 75], [2, 25], [2, 25]], "1 none 3"],
    ["none of rank 3 for 1×1 kernels", [[1, 75]], [[2, 9], [3, 75]], "none"],
    ["its own for 1×1 kernels", [[5, 3], [1, 8]], [[3, 75], [2, 1]], "1 2"],
  ] as [string, [number, number][], [Rank, number][], string][]
) {
  Deno.test(`chooseGaussians takes ${what}`, () => {
    const choices = chooseGaussians(network(...layers), prior(...gaussians));
    assertEquals(choices.map(({ gaussian }) => gaussian?.layer ?? "none").join(" "), expected);
  });
}

Deno.test("chooseGaussians says why, and takes what is named by layer or by file", () => {
  const layers = network([5, 3], [5, 5], [5, 10], [5, 8], [1, 8]);
  const pairs: LayerPair[] = [["conv2d_2", "conv3"], ["conv2d_3", "conv2_cov_rank2.npy"]];
  assertEquals(
    chooseGaussians(layers, PAPER, pairs).map(({ gaussian, reason }) => [gaussian?.layer, reason]),
    [
      [1, "its own layer"],
      [3, "named by --prior-for"],
      [2, "named by --prior-for"],
      [3, "none of its own fits"],
      [undefined, "a vector of 1×1 kernels is one weight, for which SK-reg is L2"],
    ],
  );
});

Deno.test("chooseGaussians names all layers that nothing fits, what they want and what there is", () => {
  assertThrows(
    () => chooseGaussians(network([3, 3], [5, 5], [7, 10]), PAPER),
    RangeError,
    "Cannot use data/my_fit: conv2d_1 (kernels 3×3×3) wants vectors of 9 weights (rank 2) or 27 " +
      "(rank 3); conv2d_3 (kernels 7×7×10) wants vectors of 49 weights (rank 2) or 490 (rank 3); it " +
      "has 75 (rank 3: conv1), 25 (rank 2: conv2, conv3); fit kernels of that size",
  );
});

Deno.test("chooseGaussians refuses pairs of layers that are not there or do not fit", () => {
  const layers = network([5, 3], [5, 5], [5, 10]);
  const cases: [LayerPair[], string][] = [
    [
      [["conv2d_4", "conv2"]],
      "for conv2d_4: the network's conv layers are conv2d_1, conv2d_2, conv",
    ],
    [[["conv2d_2", "conv4"]], "Cannot take conv4 for conv2d_2: the prior has conv1, conv2, conv3"],
    [[["conv2d_2", "conv2_cov_rank3"]], "Cannot take conv2_cov_rank3 for conv2d_2: the prior has"],
    [[["conv2d_2", "conv2"], ["conv2d_2", "conv3"]], "two priors for conv2d_2"],
    [
      [["conv2d_2", "conv1"]],
      "Cannot take conv1 for conv2d_2: its vectors are of 75 (rank 3: conv1); conv2d_2 (kernels " +
      "5×5×5) wants vectors of 25 weights (rank 2) or 125 (rank 3)",
    ],
  ];
  for (const [pairs, says] of cases) {
    assertThrows(() => chooseGaussians(layers, PAPER, pairs), RangeError, says);
  }
});
