/**
 * What a data set holds by the names of its folders and files, without opening any picture.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { folderFault, isFolder } from "../io/files.ts";
import { judgeEntry } from "./entries.ts";
import type { IgnoredFile } from "./folder.ts";
import { type Part, PARTS } from "./layout.ts";

/** A folder of class folders: a whole phase, or a part of phase 2. */
export interface PartContents {
  /** Which one: phase 1, or a part of phase 2. */
  part: "phase1" | `phase2/${Part}`;
  /** Where it lies. */
  folder: string;
  /** Sorted by name, as the reader sorts them; so are the names of their files. */
  classes: { name: string; files: string[] }[];
}

/** What a data set holds. */
export interface DataSetContents {
  /** The parts that are there, in the order in which they are used. */
  parts: PartContents[];
  /** Files and folders that training passes over. */
  ignored: IgnoredFile[];
  /** What training would refuse, a line each. */
  problems: string[];
}

/**
 * Lists a data set (SPEC §1): a folder that holds `phase1`, `phase2` or both, or one of these
 * itself. A folder with two or more of train, valid and test counts as phase 2.
 *
 * @throws {Error} If `dir` is no folder.
 */
export async function listDataSet(dir: string): Promise<DataSetContents> {
  const fault = await folderFault(dir);
  if (fault) throw new Failure("input", `Cannot read images from ${dir}: ${fault}`);
  const contents: DataSetContents = { parts: [], ignored: [], problems: [] };
  if (await isFolder(`${dir}/phase1`) || await isFolder(`${dir}/phase2`)) {
    if (await isFolder(`${dir}/phase1`)) await addPart(contents, "phase1", `${dir}/phase1`);
    if (await isFolder(`${dir}/phase2`)) await addPhase2(contents, `${dir}/phase2`);
    await ignoreOthers(contents, dir, ["phase1", "phase2"]);
    return contents;
  }
  const parts = await Promise.all(PARTS.map((part) => isFolder(`${dir}/${part}`)));
  if (parts.filter(Boolean).length >= 2) await addPhase2(contents, dir);
  else await addPart(contents, "phase1", dir);
  return contents;
}

async function addPhase2(contents: DataSetContents, folder: string): Promise<void> {
  for (const part of PARTS) {
    if (await isFolder(`${folder}/${part}`)) {
      await addPart(contents, `phase2/${part}`, `${folder}/${part}`);
    } else {
      contents.problems.push(`${folder}: there is no folder ${part}; phase 2 needs one`);
    }
  }
  await ignoreOthers(contents, folder, PARTS);
}

async function addPart(
  contents: DataSetContents,
  part: PartContents["part"],
  folder: string,
): Promise<void> {
  const names = await list(contents, folder, "isDirectory");
  const classes = [];
  for (const name of names) {
    classes.push({ name, files: await list(contents, `${folder}/${name}`, "isFile") });
  }
  contents.parts.push({ part, folder, classes });
}

/** The names in a folder that training would read, sorted; the others are noted. */
async function list(
  contents: DataSetContents,
  folder: string,
  kind: "isDirectory" | "isFile",
): Promise<string[]> {
  const { ignored, problems } = contents;
  const names: string[] = [];
  for (const entry of await read(contents, folder)) {
    const path = `${folder}/${entry.name}`;
    const verdict = judgeEntry(entry, kind);
    if (verdict.ignored) ignored.push({ path, reason: verdict.ignored });
    else if (verdict.refused) problems.push(`${path}: ${verdict.refused}`);
    else names.push(entry.name);
  }
  return names;
}

async function ignoreOthers(
  contents: DataSetContents,
  folder: string,
  known: readonly string[],
): Promise<void> {
  for (const { name } of await read(contents, folder)) {
    if (!known.includes(name)) {
      contents.ignored.push({
        path: `${folder}/${name}`,
        reason: `it is none of ${known.join(", ")}`,
      });
    }
  }
}

/** The entries of a folder by name; none where it cannot be read, which is a problem. */
async function read({ problems }: DataSetContents, folder: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    problems.push(`${folder}: ${(error as Error).message}`);
    return [];
  }
}
