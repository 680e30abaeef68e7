/**
 * The shader that measures the peak, against its twin: a peak counts only where the sums are done.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download } from "../gpu/tensor.ts";
import { multiplyAdd } from "../gpu/multiply_add.ts";
import { multiplyAdd as twin } from "../reference/multiply_add.ts";
import { type Case, relative, ROUNDING } from "./case.ts";
import { between, poison } from "./draws.ts";

export const multiplyAddCase: Case = async (gpu, random) => {
  const [lanes, chains] = [between(random, 1, 99), between(random, 1, 20)];
  const rounds = 16 * between(random, 1, 3);
  const factor = Math.fround(0.9 + 0.1 * random.uniform());
  const term = Math.fround(random.normal());
  const y = createTensor(gpu, "y", [lanes, chains], poison([lanes, chains]));
  const numbers = createTensor(gpu, "numbers", [2], Float32Array.of(factor, term));
  submit(gpu, [await multiplyAdd(gpu, rounds, { numbers, y })]);
  const [actual] = await download(gpu, [y]);
  const error = relative(actual, twin([lanes, chains], rounds, factor, term).data);
  return { shape: `${lanes} × ${chains} chains, ${rounds} rounds`, error, bound: ROUNDING };
};
