/**
 * Which epoch's parameters are kept: there is no early stopping, all epochs are trained.
 *
 * @module
 */

/** The epoch with the lowest validation loss, from 1; the first of equals. */
export function bestEpoch(valid: readonly { loss: number }[]): number {
  return 1 + valid.reduce((best, { loss }, epoch) => loss < valid[best].loss ? epoch : best, 0);
}
