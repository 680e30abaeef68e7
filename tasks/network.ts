/**
 * The options that say which network a task works with, and how large its images are.
 *
 * @module
 */
import type { NetworkDesign } from "../mod.ts";
import { UsageError } from "./command_line.ts";
import { type Option, path, positiveInteger } from "./option_kinds.ts";

/** Which network. */
export const network: Option<string> = path(
  "--network",
  "the network: a JSON file, or the name paper or paper64",
  "paper",
);

/** How large images are; which sizes will do depends on the network. */
export const size: Option<string | undefined> = {
  flag: "--size",
  help: "side of the square images in pixels (default: the network's, 200 of the paper's)",
  value: "count",
  fallback: undefined,
  parse: (text) => text,
};

/** A side that GPUs and memory bear. */
const LARGEST = 4096;

/**
 * Reads the network, and the size where one is given.
 *
 * @throws {Failure} "input", naming the file and all that is wrong with it.
 * @throws {UsageError} When the size is not one that the network takes.
 */
export async function readNetwork(
  { network, size }: { network: string; size?: string },
): Promise<{ network: NetworkDesign; size?: number }> {
  const { leastSide, readDesign } = await import("../mod.ts");
  const design = await readDesign(network);
  if (size === undefined) return { network: design };
  const range = { least: leastSide(design.blocks), most: LARGEST };
  try {
    return {
      network: design,
      size: positiveInteger("--size", "", design.input, range).parse(size),
    };
  } catch (error) {
    throw new UsageError(`option '--size': ${(error as Error).message}, or another --network`);
  }
}
