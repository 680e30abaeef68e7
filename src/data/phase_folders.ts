/**
 * Where a data set keeps each phase's images (SPEC §1).
 *
 * @module
 */
import { folderFault, isFolder } from "../io/files.ts";
import { cannotRead } from "../io/refusal.ts";

/** A part of phase 2's images. */
export type Part = "train" | "valid" | "test";

/** All parts, in the order in which they are used. */
export const PARTS: readonly Part[] = ["train", "valid", "test"];

/**
 * Finds the folder of a phase: `<dir>/phase1`, or `dir` itself where a user points straight at it.
 *
 * @throws {Error} When `dir` is missing or no folder, or phase 2 lacks one of its parts.
 */
export async function phaseFolder(dir: string, phase: "phase1" | "phase2"): Promise<string> {
  const fault = await folderFault(dir);
  if (fault) {
    const advice = `give --data-dir a folder that holds ${phase}/ with a sub-folder for each class`;
    throw cannotRead(`images from ${dir}`, `${fault}; ${advice}`);
  }
  const inside = `${dir}/${phase}`;
  const folder = await isFolder(inside) ? inside : dir;
  for (const part of phase === "phase2" ? PARTS : []) {
    if (await isFolder(`${folder}/${part}`)) continue;
    throw cannotRead(
      `images from ${folder}`,
      `there is no folder ${part} in it; ` +
        `phase 2 needs train, valid and test, each with a sub-folder for each class`,
    );
  }
  return folder;
}
