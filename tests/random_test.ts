import { createRandom, mixSeed } from "../src/random.ts";
import { assert, assertEquals, assertNotEquals } from "./helpers/assert.ts";

Deno.test("createRandom gives NumPy's numbers", () => {
  // numpy.random.RandomState(43): rand(), rand(), randint(1000)
  const random = createRandom(43);
  assertEquals([random.uniform(), random.uniform()], [0.11505456638977896, 0.6090665392794814]);
  assertEquals(random.integer(1000), 277);
  // RandomState(31).shuffle(arange(14))
  const order = createRandom(31).shuffle(Array.from({ length: 14 }, (_, i) => i));
  assertEquals(order, [11, 1, 3, 9, 5, 8, 10, 4, 6, 12, 13, 0, 7, 2]);
});

Deno.test("createRandom draws integers below their bound, one of them without a draw", () => {
  const random = createRandom(1);
  const seen = new Set(Array.from({ length: 200 }, () => random.integer(5)));
  assertEquals([...seen].sort(), [0, 1, 2, 3, 4]);
  const [a, b] = [createRandom(2), createRandom(2)];
  assertEquals([a.integer(1), a.uniform()], [0, b.uniform()]);
});

Deno.test("createRandom draws normals of mean 0 and variance 1", () => {
  const random = createRandom(3);
  const count = 20_000;
  const draws = Array.from({ length: count }, () => random.normal());
  const mean = draws.reduce((sum, x) => sum + x, 0) / count;
  const variance = draws.reduce((sum, x) => sum + x * x, 0) / count;
  assert(Math.abs(mean) < 5 / Math.sqrt(count), `mean ${mean}`);
  assert(Math.abs(variance - 1) < 5 * Math.sqrt(2 / count), `variance ${variance}`);
});

Deno.test("mixSeed tells numbers, their order and their count apart", () => {
  const seeds = [mixSeed(0, 1), mixSeed(1, 0), mixSeed(0), mixSeed(0, 0), mixSeed(0, 1, 0)];
  assertEquals(new Set(seeds).size, seeds.length);
  assert(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32));
  assertNotEquals(mixSeed(7, 2), mixSeed(7, 3));
  assertEquals(mixSeed(7, 2), mixSeed(7, 2));
});
