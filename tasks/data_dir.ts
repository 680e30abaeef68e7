/**
 * The data set a task works on: the user's, the authors', or the built-in one.
 *
 * @module
 */
import { writeSyntheticSet } from "../mod.ts";
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { pasteable } from "./user_folder.ts";

const { silhouettes: SILHOUETTES, synthetic: SYNTHETIC } = DEFAULT_FOLDERS;

/**
 * Chooses the data folder: what the user named, else data/silhouettes, else the built-in set, which is
 * drawn the first time.
 */
export async function chooseDataDir(
  named: string | undefined,
  print: (text: string, label?: string) => void,
): Promise<string> {
  if (named !== undefined) return named;
  if (await exists(SILHOUETTES)) return SILHOUETTES;
  const how = pasteable("deno task data gets it");
  print(`there is no ${SILHOUETTES} in ${Deno.cwd()} (${how}): using the built-in set`, "data");
  return await drawSynthetic(print);
}

/** Draws the built-in set where it is missing, and says so. */
export async function drawSynthetic(
  print: (text: string, label?: string) => void,
): Promise<string> {
  if (!await exists(SYNTHETIC)) {
    print(`drawing 30 classes of silhouettes into ${SYNTHETIC} …`);
    await writeSyntheticSet(SYNTHETIC).catch(async (error) => {
      if (!await exists(SYNTHETIC)) throw error; // another process was faster
    });
  }
  return SYNTHETIC;
}

async function exists(dir: string): Promise<boolean> {
  return (await Deno.stat(dir).catch(() => null))?.isDirectory ?? false;
}
