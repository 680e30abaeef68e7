/**
 * The images of trainings in the tests. All use these, so that the driver compiles their shaders once.
 *
 * @module
 */

/** Side of the images: the smallest that the paper's network takes. */
export const SIZE = 41;
/** For `writeSyntheticSet`: few of them. */
export const FEW = { perClass: 3, size: SIZE, phase2: { train: 2, valid: 1, test: 1 } };
