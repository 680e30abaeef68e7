/**
 * Where a data set keeps each phase's images (SPEC §1).
 *
 * @module
 */

/**
 * Finds the folder of a phase: `<dir>/phase1`, or `dir` itself where a user points straight at it.
 *
 * @throws {Error} When `dir` is missing or no folder.
 */
export async function phaseFolder(dir: string, phase: "phase1" | "phase2"): Promise<string> {
  const info = await Deno.stat(dir).catch(() => null);
  if (!info?.isDirectory) {
    throw new Error(
      `Cannot read images from ${dir}: ${info ? "it is no folder" : "there is no such folder"}; ` +
        `give --data-dir a folder that holds ${phase}/ with a sub-folder for each class`,
    );
  }
  const inside = `${dir}/${phase}`;
  return (await Deno.stat(inside).catch(() => null))?.isDirectory ? inside : dir;
}
