/**
 * The cells of a grid that lie in its folder, a penalty and strength each, and whether its tables tell of them.
 *
 * @module
 */
import { cellFolder, listCells, listFinished, type Mode } from "./file_names.ts";

/**
 * Says what speaks against a grid's tables: that more trials are finished in its folder than they tell of.
 *
 * @param judged The cells in grid.json, and how many trials each has.
 * @returns A sentence; undefined where they tell of all.
 */
export async function describeUntold(
  dir: string,
  judged: readonly { mode: Mode; alpha: number; seeds: number }[],
): Promise<string | undefined> {
  const told = new Map(judged.map(({ mode, alpha, seeds }) => [cellFolder(mode, alpha), seeds]));
  let cells = 0, trials = 0, judgedTrials = 0;
  for (const cell of await listCells(dir)) {
    const { length } = await listFinished(`${dir}/${cell}`);
    if (length > 0) cells++;
    trials += length;
    judgedTrials += Math.min(length, told.get(cell) ?? 0);
  }
  if (judgedTrials >= trials) return undefined;
  return `the tables in ${dir} tell of ${told.size} of ${cells} cells and of ${judgedTrials} of ` +
    `${trials} networks that are finished there: \`deno task grid --resume\` with the options of all of ` +
    `them judges all`;
}
