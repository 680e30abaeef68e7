/**
 * Where the tasks read and write unless they are told otherwise.
 *
 * @module
 */

/** Folders by what lies in them, beneath the folder in which a task is started. */
export const DEFAULT_FOLDERS = {
  /** The authors' images. */
  silhouettes: "data/silhouettes",
  /** The built-in images. */
  synthetic: "data/synthetic",
  /** Images chosen from Tiny ImageNet. */
  tinyImagenet: "data/tiny-imagenet",
  /** The networks of `phase1:loop`. */
  kernels: "data/kernel_dataset",
  /** What `fit` makes of them. */
  prior: "data/gaussian_fit",
  /** New classes, by both penalties. */
  grid: "data/grid",
  /** New classes, by L2, where the page and the examples keep them. */
  l2: "data/l2",
  /** The same by SK-reg. */
  sk: "data/sk",
  /** A network of `phase1`. */
  phase1: "phase1_tmp",
  /** New classes, by one penalty. */
  phase2: "phase2_tmp",
  /** All of the demo. */
  demo: "demo_tmp",
} as const;
