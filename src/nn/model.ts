/**
 * A model: a network together with what its inputs and outputs mean, so that its weights can be used
 * again.
 *
 * @module
 */
import type { Normalization } from "./augment.ts";
import { createLayout, type NetworkSpec } from "./layout.ts";

/** What summary.json of a training says about its networks, under `model`. */
export interface Model {
  /** The network of all its trials. */
  network: NetworkSpec;
  /** Class names; their places are the network's outputs. */
  classes: string[];
  /** The channel means and deviations by which pixels are z-scored. */
  normalization: Normalization;
}

/**
 * Makes sure that a value read from a file is a model.
 *
 * @param name The file, for the message.
 * @returns The same value.
 * @throws {TypeError} naming the file, and what is wrong.
 */
export function checkModel(value: unknown, name: string): Model {
  try {
    const { network, classes, normalization: { mean, std } } = value as Model;
    const outputs = createLayout(network).classes;
    if (!Array.isArray(classes) || classes.some((name) => typeof name !== "string")) {
      throw new TypeError("its classes are no list of names");
    }
    if (classes.length !== outputs) {
      throw new TypeError(`its ${classes.length} classes are not the network's ${outputs} outputs`);
    }
    const three = [mean, std].every((list) =>
      Array.isArray(list) && list.length === 3 && list.every(Number.isFinite)
    );
    if (!three || std.some((value) => value <= 0)) {
      throw new TypeError("its normalization is not three means and three positive deviations");
    }
    return value as Model;
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new TypeError(`Cannot use the model in ${name}: ${reason}`, { cause });
  }
}
