import { findCopies } from "../../src/prior/copies.ts";
import { createRandom } from "../../src/random.ts";
import { assertEquals } from "../helpers/assert.ts";

/** A kernel (2, 2, 3, 4) of noise, and one that differs from it by a part of each value. */
function noise(seed: number, change = 0) {
  const random = createRandom(seed), other = createRandom(99);
  const data = Float32Array.from({ length: 48 }, () => random.normal() * 0.1);
  return { shape: [2, 2, 3, 4], data: data.map((value) => value * (1 + change * other.normal())) };
}

const find = (...trials: ReturnType<typeof noise>[][]) =>
  findCopies(trials.map((kernels, t) => ({ name: `trial${t}`, kernels })), ["conv1", "conv2"])
    .map((text) => text.split(", so ")[0]);

Deno.test("findCopies names each trial that holds the kernels of an earlier one, and which", () => {
  assertEquals(find([noise(1), noise(2)], [noise(3), noise(4)]), []);
  assertEquals(
    find([noise(1), noise(2)], [noise(3), noise(4)], [noise(1), noise(2)], [noise(1), noise(2)]),
    ["trial2 holds the same kernels as trial0", "trial3 holds the same kernels as trial0"],
  );
});

Deno.test("findCopies notices a single layer, and layers of different trials", () => {
  assertEquals(find([noise(1), noise(2)], [noise(3), noise(2)]), [
    "trial1 holds the same kernels as trial0 in conv2",
  ]);
  assertEquals(find([noise(1), noise(2)], [noise(3), noise(4)], [noise(3), noise(2)]), [
    "trial2 holds the same kernels as trial1 in conv1",
    "trial2 holds the same kernels as trial0 in conv2",
  ]);
});

Deno.test("findCopies notices a copy that was stored in 16 bits or learned on, not what learned apart", () => {
  const { shape, data } = noise(1);
  const half = { shape, data: Float32Array.from(new Float16Array(data)) };
  assertEquals(find([noise(1), noise(2)], [half, noise(2)]), [
    "trial1 holds nearly the same kernels as trial0",
  ]);
  const bits = new Uint32Array(data.slice().buffer).map((bits) => bits & 0xffff0000); // bfloat16, cut off
  const brain = { shape, data: new Float32Array(bits.buffer) };
  assertEquals(find([noise(1), noise(2)], [brain, noise(4)]), [
    "trial1 holds nearly the same kernels as trial0 in conv1",
  ]);
  assertEquals(find([noise(1), noise(2)], [noise(1, 0.05), noise(4)]), [
    "trial1 holds nearly the same kernels as trial0 in conv1",
  ]);
  assertEquals(find([noise(1), noise(2)], [noise(1, 0.5), noise(2, 0.5)]), []);
});
