/** The fit of one layer's kernels, as 20 networks of the paper leave them. */
import { fitLayer } from "../../src/prior/fit_layer.ts";
import type { Rank } from "../../src/prior/kernels.ts";
import { createRandom } from "../../src/random.ts";

const layers: [name: string, rank: Rank, filters: number, channels: number][] = [
  ["conv1", 3, 20 * 5, 3],
  ["conv2", 2, 20 * 10, 5],
  ["conv3", 2, 20 * 8, 10],
];
for (const [name, rank, filters, channels] of layers) {
  const random = createRandom(0);
  const shape = [filters, 5, 5, channels];
  const data = Float64Array.from({ length: filters * 25 * channels }, () => random.uniform() - 0.5);
  Deno.bench(`fitLayer ${name}`, { n: 5, warmup: 1 }, async () => {
    await fitLayer({ name, rank, kernels: { shape, data } });
  });
}
