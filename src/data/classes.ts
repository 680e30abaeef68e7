/**
 * The class folders of a data set and the files in them, by their names alone.
 *
 * @module
 */
import { composed, type Entry, readEntries } from "./entries.ts";

/** A file that was passed over, or a bad one. */
export interface IgnoredFile {
  /** Where it lies. */
  path: string;
  /** Why, in a few words. */
  reason: string;
}

/** A file that cannot be read; where it may stand for a class, it cannot be skipped either. */
export interface BadFile extends IgnoredFile {
  /** Whether it may stand for a class. */
  isClass?: boolean;
}

/** A class, by names alone. */
export interface ClassContents {
  /** The class, its accents composed: one name is one class, however the disk spells it. */
  name: string;
  /** The folder's name, where the disk spells it in another way than `name`. */
  folder?: string;
  /** Names of the files that may be pictures, sorted. */
  files: string[];
  /** Set where the folder holds sub-folders or texts, but no picture. */
  isMisused?: true;
}

/** A class folder, whose name on the disk is always given. */
export type ClassFolder = ClassContents & { folder: string };

/** What lies in a folder of class folders. */
export interface ClassFolders {
  /** Sorted by name. */
  classes: ClassFolder[];
  /** What is passed over. */
  ignored: IgnoredFile[];
  /** What is refused. */
  bad: BadFile[];
  /** One sentence about all of them, where sub-folders or texts lie in more than one class. */
  misuse?: string;
  /** Class folders that may not be read: an error for each. */
  unreadable: Error[];
}

/** Names that a sentence gives as examples. */
const EXAMPLES = 3;
/** What lies in the class folders where Tiny ImageNet's train folder, or all of it, is named. */
const TINY_IMAGENET = /^(n\d{8}\/images|train\/n\d{8})$/;

/**
 * Lists class folders, and the files in them unless `classesOnly`.
 *
 * @throws {Failure} "input" if `dir` cannot be read.
 */
export async function listClassFolders(
  dir: string,
  { followLinks, classesOnly = false }: { followLinks?: boolean; classesOnly?: boolean } = {},
): Promise<ClassFolders> {
  const found: ClassFolders = { classes: [], ignored: [], bad: [], unreadable: [] };
  const spelled = new Map<string, string>();
  for (const entry of await readEntries(dir, { wanted: "isDirectory", followLinks })) {
    if (!sort(entry, found, entry.isDirectory || entry.isLink)) continue;
    const name = composed(entry.name), same = spelled.get(name);
    if (same === undefined) {
      spelled.set(name, entry.name);
      found.classes.push({ name, folder: entry.name, files: [] });
    } else {
      const reason =
        `"${spell(same)}" and "${spell(entry.name)}" are one name, its accents written ` +
        `in two ways. Move the pictures of both into one folder`;
      found.bad.push({ path: entry.path, reason, isClass: true });
    }
  }
  if (classesOnly) return found;
  const misplaced: Entry[][] = [];
  for (const own of found.classes) {
    const entries = await readEntries(`${dir}/${own.folder}`, { wanted: "isFile", followLinks })
      .catch((error) => {
        found.unreadable.push(error);
        return [];
      });
    for (const entry of entries) if (sort(entry, found)) own.files.push(entry.name);
    const useless = entries.filter((entry) => entry.misplaced);
    if (useless.length > 0) misplaced.push(useless);
    if (useless.length > 0 && own.files.length === 0) own.isMisused = true;
  }
  if (misplaced.length > 1) {
    const told = new Set(misplaced.flat().map(({ path }) => path));
    found.bad = found.bad.filter(({ path }) => !told.has(path));
    found.misuse = describeMisuse(dir, misplaced);
  }
  return found;
}

/** Notes what is passed over and what is refused. @returns Whether the entry is to be read. */
function sort({ path, ignored, refused }: Entry, to: ClassFolders, isClass?: boolean): boolean {
  if (ignored) to.ignored.push({ path, reason: ignored });
  else if (refused) to.bad.push({ path, reason: refused, isClass });
  return !ignored && !refused;
}

/** Says what lies in class folders although it is of no use there (a list for each class), and what to do. */
function describeMisuse(dir: string, misplaced: Entry[][]): string {
  const list = (kind: Entry["misplaced"], word: string) => {
    const paths = misplaced.flat().filter((entry) => entry.misplaced === kind)
      .map(({ path }) => path.slice(dir.length + 1));
    if (paths.length === 0) return [];
    const more = paths.length > EXAMPLES ? ", …" : "";
    const count = `${paths.length} ${word}${paths.length === 1 ? "" : "s"}`;
    return [`${count} (${paths.slice(0, EXAMPLES).join(", ")}${more})`];
  };
  const folders = list("folder", "folder"), texts = list("text", "text");
  const advice = [
    ...folders.length > 0 ? ["their pictures up, right into the class folder"] : [],
    ...texts.length > 0 ? ["the texts elsewhere"] : [],
  ];
  const isTiny = misplaced.flat().some(({ path }) =>
    TINY_IMAGENET.test(path.slice(dir.length + 1))
  );
  const other = isTiny
    ? "; or choose a set out of Tiny ImageNet: deno task data --tiny-imagenet=PATH"
    : "";
  const what = [...folders, ...texts].join(" and ");
  return `${what} lie in ${misplaced.length} class folders, which hold pictures only. ` +
    `Move ${advice.join(", and ")}${other}`;
}

/** A name with its accents spelled out, so that they can be told apart. */
function spell(name: string): string {
  return name.replaceAll(/[^ -~]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}
