import { chooseRank } from "../../src/prior/choose_rank.ts";
import { assert, assertEquals } from "../helpers/assert.ts";

for (
  const [what, shape, rank, says] of [
    ["the paper's conv1", [100, 5, 3, true], 3, "the channels are the image's"],
    ["conv1 of two trials", [10, 5, 3, true], 3, "the channels are the image's"],
    ["the paper's conv2", [200, 5, 5, false], 2, "the channels are maps"],
    ["a layer of many more filters", [2000, 3, 4, false], 2, "the channels are maps"],
    ["8 filters that read the image", [8, 5, 3, true], 2, "8 whole filters are fewer"],
    ["8 filters of a grey image", [8, 5, 1, true], 3, "the channels are the image's"],
    ["8 filters where more can be trained", [undefined, 5, 3, true], 3, "the channels are the"],
    ["patches of an image", [768, 16, 3, true], 2, "a whole filter has 768 weights"],
  ] as const
) {
  Deno.test(`chooseRank gives ${what} rank ${rank}, and says why`, () => {
    const [filters, kernel, channels, readsImage] = shape;
    const chosen = chooseRank({ filters, kernel, channels, readsImage });
    assertEquals(chosen.rank, rank);
    assert(chosen.reason.startsWith(says), chosen.reason);
  });
}
