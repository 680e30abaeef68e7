/**
 * What turns a row of parameters into a classifier.
 *
 * @module
 */
import type { Normalization } from "../nn/augment.ts";
import type { NetworkSpec } from "../nn/layout.ts";

/** A network, what its outputs mean, and how its inputs are scaled; summary.json holds it. */
export interface Model {
  /** The network. */
  network: NetworkSpec;
  /** Class names; their places are the labels. */
  classes: string[];
  /** The channel means and deviations by which pixels are z-scored. */
  normalization: Normalization;
}
