/**
 * The network that a user names: one that comes with the program, or a file that holds one.
 *
 * @module
 */
import { Failure, judgeInput } from "../failure.ts";
import { readJson } from "../io/files.ts";
import { checkDesign } from "../nn/check_design.ts";
import type { NetworkDesign } from "../nn/design.ts";
import { DESIGNS } from "../nn/paper_network.ts";

export { leastSide } from "../nn/design.ts"; // for the tasks, which are given a size

/**
 * Reads a network.
 *
 * @param named "paper", "paper64", or the path of a JSON file.
 * @throws {Failure} "input", naming the file and all that is wrong with it.
 */
export async function readDesign(named: string): Promise<NetworkDesign> {
  if (Object.hasOwn(DESIGNS, named)) return DESIGNS[named];
  const value = await readJson<unknown>(named).catch(({ message }: Error) => {
    const names = Object.keys(DESIGNS).join(" or ");
    throw new Failure("input", `${message}; give the JSON file of a network, or ${names}`);
  });
  return await judgeInput(async () => await checkDesign(value, `in ${named}`));
}
