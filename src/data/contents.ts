/**
 * What a data set holds by the names of its folders and files, without opening any picture.
 *
 * @module
 */
import { folderFault, isFolder } from "../io/files.ts";
import { cannotRead } from "../io/refusal.ts";
import { type ClassContents, type IgnoredFile, listClassFolders } from "./classes.ts";
import { readEntries } from "./entries.ts";
import { type Part, PARTS } from "./phase_folders.ts";

/** A folder of class folders: a whole phase, or a part of phase 2. */
export interface PartContents {
  /** Which one: phase 1, or a part of phase 2. */
  part: "phase1" | `phase2/${Part}`;
  /** Where it lies. */
  folder: string;
  /** Sorted by name, as the reader sorts them; so are the names of their files. */
  classes: ClassContents[];
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

/** Up to so many files that are refused for the same reason have a line each; more share one line. */
const MOST_ALIKE = 20;

/** How a data set is listed. */
export interface ListOptions {
  /** Follow class folders and pictures that are symbolic links. Default false: training refuses them. */
  followLinks?: boolean;
}

/**
 * Lists a data set (SPEC §1): a folder that holds `phase1`, `phase2` or both, or one of these
 * itself. A folder with two or more of train, valid and test counts as phase 2.
 *
 * @throws {Error} If `dir` is no folder, or one of these is a link that leads nowhere.
 */
export async function listDataSet(
  dir: string,
  options: ListOptions = {},
): Promise<DataSetContents> {
  const fault = await folderFault(dir);
  if (fault) throw cannotRead(`images from ${dir}`, fault);
  const contents: DataSetContents = { parts: [], ignored: [], problems: [] };
  const [phase1, phase2] = [`${dir}/phase1`, `${dir}/phase2`];
  const [isPhase1, isPhase2] = [await isFolder(phase1), await isFolder(phase2)];
  if (isPhase1) await addPart(contents, "phase1", phase1, options);
  if (isPhase2) await addPhase2(contents, phase2, options);
  if (isPhase1 || isPhase2) {
    await ignoreOthers(contents, dir, ["phase1", "phase2"]);
    return contents;
  }
  const parts = await Promise.all(PARTS.map((part) => isFolder(`${dir}/${part}`)));
  if (parts.filter(Boolean).length >= 2) await addPhase2(contents, dir, options);
  else await addPart(contents, "phase1", dir, options);
  return contents;
}

async function addPhase2(contents: DataSetContents, folder: string, options: ListOptions) {
  for (const part of PARTS) {
    if (await isFolder(`${folder}/${part}`)) {
      await addPart(contents, `phase2/${part}`, `${folder}/${part}`, options);
    } else {
      contents.problems.push(`${folder}: there is no folder ${part}; phase 2 needs one`);
    }
  }
  await ignoreOthers(contents, folder, PARTS);
}

async function addPart(
  { parts, ignored, problems }: DataSetContents,
  part: PartContents["part"],
  folder: string,
  options: ListOptions,
): Promise<void> {
  const found = await listClassFolders(folder, options);
  parts.push({
    part,
    folder,
    classes: found.classes.map(({ name, folder, files, isMisused }) => ({
      name,
      files,
      ...folder !== name && { folder },
      ...found.misuse && isMisused && { isMisused },
    })),
  });
  ignored.push(...found.ignored);
  problems.push(
    ...[...Map.groupBy(found.bad, ({ reason }) => reason)].flatMap(([reason, alike]) =>
      alike.length > MOST_ALIKE
        ? `${alike[0].path} and ${alike.length - 1} more in ${folder}: ${reason}`
        : alike.map(({ path }) => `${path}: ${reason}`)
    ),
    ...found.unreadable.map(({ message }) => message),
    ...found.misuse ? [`${folder}: ${found.misuse}`] : [],
  );
}

/** Notes what lies beside the folders that are known here. */
async function ignoreOthers(
  { ignored }: DataSetContents,
  folder: string,
  known: readonly string[],
): Promise<void> {
  for (const { name, path } of await readEntries(folder)) {
    if (!known.includes(name)) ignored.push({ path, reason: `it is none of ${known.join(", ")}` });
  }
}
