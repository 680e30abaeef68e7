/**
 * Trials that are copies of each other: their kernels would be fitted and held out at once.
 *
 * @module
 */
import type { Numbers } from "./matrix.ts";

/** One trial's kernels. */
export interface TrialKernels {
  /** The trial's name in messages, e.g. "trial003". */
  name: string;
  /** A kernel a layer, all trials' of equal shapes. */
  kernels: readonly Numbers[];
}

/**
 * How far two copies may be apart, as a part of their size: they may have been stored in 16 bits (0.0003
 * with float16, 0.003 with bfloat16), or have learned a little more. Two that learned apart, from
 * different seeds, are about √2 apart.
 */
const NEAR = 0.1;

/**
 * Finds trials whose kernels are, in all or some layers, those of an earlier trial.
 *
 * @param layers The layers' names in messages.
 * @returns A sentence for each trial and the earlier one that it repeats.
 */
export function findCopies(trials: readonly TrialKernels[], layers: readonly string[]): string[] {
  return trials.flatMap(({ name, kernels }, t) => {
    const repeated = Map.groupBy(
      layers.keys(),
      (layer) => findNear(kernels[layer], trials, layer, t),
    );
    repeated.delete(-1); // a kernel of its own
    return [...repeated].map(([earlier, which]) => {
      const isExact = which.every((i) => isNear(kernels[i], trials[earlier].kernels[i], 0));
      const where = which.length < layers.length
        ? ` in ${which.map((i) => layers[i]).join(", ")}`
        : "";
      const what = `${isExact ? "" : "nearly "}the same kernels as ${trials[earlier].name}${where}`;
      return `${name} holds ${what}, so kernels that are held out were fitted too, and the figures ` +
        `are too good; leave one of the two out, or train it from another seed`;
    });
  });
}

/** The first of so many trials whose kernel is near; -1 where none is. */
function findNear(
  kernel: Numbers,
  trials: readonly TrialKernels[],
  layer: number,
  count: number,
): number {
  let size = 0; // once for all: most others differ after a few values
  for (let i = 0; i < kernel.data.length; i++) size += kernel.data[i] ** 2;
  for (let earlier = 0; earlier < count; earlier++) {
    if (isNear(kernel, trials[earlier].kernels[layer], NEAR ** 2 * size)) return earlier;
  }
  return -1;
}

/** Whether ‖a − b‖² is at most a limit. */
function isNear({ data: a }: Numbers, { data: b }: Numbers, limit: number): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    if (difference > limit) return false;
  }
  return true;
}
