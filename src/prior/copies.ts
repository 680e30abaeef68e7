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
      (layer) =>
        trials.findIndex((earlier, e) =>
          e < t && distance(kernels[layer], earlier.kernels[layer]) <= NEAR
        ),
    );
    repeated.delete(-1); // a kernel of its own
    return [...repeated].map(([earlier, which]) => {
      const isExact = which.every((i) => distance(kernels[i], trials[earlier].kernels[i]) === 0);
      const where = which.length < layers.length
        ? ` in ${which.map((i) => layers[i]).join(", ")}`
        : "";
      return `${name} holds ${isExact ? "" : "nearly "}the same kernels as ${
        trials[earlier].name
      }${where}, so kernels that are held out were fitted too, and the figures are too good; leave ` +
        `one of the two out, or train it from another seed`;
    });
  });
}

/** ‖a − b‖ / ‖a‖; Infinity as soon as it is known to be more than NEAR. */
function distance({ data: a }: Numbers, { data: b }: Numbers): number {
  let size = 0, difference = 0;
  for (let i = 0; i < a.length; i++) size += a[i] ** 2;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    if (difference > NEAR ** 2 * size) return Infinity;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / size);
}
