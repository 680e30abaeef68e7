/**
 * What may lie in a folder of pictures: what is read, what is passed over and what is refused.
 *
 * @module
 */
import { folderFault } from "../io/files.ts";
import { isLeftBehind } from "../io/left_behind.ts";
import { cannotRead, nameFault, reasonOf } from "../io/refusal.ts";

/** An entry of a folder: it is read, passed over (`ignored` says why) or refused (`refused`). */
export interface Entry {
  /** Its name as the disk spells it. */
  name: string;
  /** Where it lies. */
  path: string;
  /** Whether it is a folder, or a link to one that is followed. */
  isDirectory: boolean;
  /** Whether it is a symbolic link. */
  isLink: boolean;
  /** Why it is passed over. */
  ignored?: string;
  /** Why it is refused, and what to do. */
  refused?: string;
  /** What it is, where it is refused because class folders have no use for it. */
  misplaced?: "folder" | "text";
}

/** How a folder is read. */
export interface EntryOptions {
  /** What it should hold: class folders, or pictures. Default: folders and files, whatever they are. */
  wanted?: "isDirectory" | "isFile";
  /** Follow links to files and folders. Default false: they are refused, as they may lead anywhere. */
  followLinks?: boolean;
}

/** Names of files that describe pictures; the bytes of such a file are not looked at. */
const TEXT = /\.(txt|csv|tsv|json|xml|ya?ml|md|html?|log|mat|npy)$/i;

/**
 * Reads and judges the entries of a folder, sorted by code unit of their {@linkcode composed} names.
 * Nothing is opened.
 *
 * @throws {Failure} "input" if the folder cannot be read.
 */
export async function readEntries(folder: string, options: EntryOptions = {}): Promise<Entry[]> {
  const found = await Array.fromAsync(Deno.readDir(folder)).catch(async (cause) => {
    const reason = await folderFault(folder) ?? reasonOf(folder, cause, true);
    throw cannotRead(harmless(folder), reason, { cause });
  });
  const keyed = found.map((entry) => ({ entry, key: composed(entry.name) }));
  keyed.sort((a, b) => compare(a.key, b.key) || compare(a.entry.name, b.entry.name));
  const entries: Entry[] = [];
  for (const { entry: { name, ...kind } } of keyed) {
    const path = `${folder}/${name}`;
    const { isDirectory, isSymlink: isLink } = kind;
    entries.push({ name, path, isDirectory, isLink, ...await judge(name, path, kind, options) });
  }
  return entries;
}

async function judge(
  name: string,
  path: string,
  kind: Omit<Deno.DirEntry, "name">,
  { wanted, followLinks = false }: EntryOptions,
): Promise<Partial<Entry>> {
  if (isHidden(name)) return { ignored: "a hidden file, or one that the system leaves" };
  // Control characters could drive the terminal that shows the class names.
  if (/\p{Cc}/u.test(name)) return { refused: "control characters in its name" };
  const isStrange = name.includes("\ufffd") &&
    await Deno.lstat(path).then(() => false, () => true);
  if (isStrange) return { refused: nameFault(path) };
  if (kind.isSymlink && !followLinks) {
    const what = wanted ? "Copy" : "Name";
    return {
      refused: `it is a symbolic link. ${what} what it points to, or follow links (--follow-links)`,
    };
  }
  const info = kind.isSymlink ? await Deno.stat(path).catch((error: Error) => error) : kind;
  if (info instanceof Error) return { refused: reasonOf(path, info, true) };
  const { isDirectory, isFile } = info;
  if (wanted === "isDirectory" && !isDirectory) {
    return { refused: "it is no folder. Put it into the folder of its class" };
  }
  if (wanted === "isFile" && !isFile) {
    const refused = "it is no file. Class folders hold pictures only";
    return { refused, ...isDirectory && { misplaced: "folder" } };
  }
  if (wanted === "isFile" && TEXT.test(name)) {
    return {
      refused: "it is neither PNG nor JPEG, going by its name. Move it elsewhere",
      misplaced: "text",
    };
  }
  return { isDirectory };
}

/** Dot files, and what systems leave in folders of pictures. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || isLeftBehind(name);
}

/**
 * A name with its accents composed (NFC): macOS takes them apart, other systems do not, and to a reader
 * both are one name.
 */
export function composed(name: string): string {
  return name.normalize("NFC");
}

/** A name as a terminal may show it: quoted where it holds control characters. */
export function harmless(path: string): string {
  return /\p{Cc}/u.test(path) ? JSON.stringify(path) : path;
}

/** The first names or paths of a list, and how many more there are. */
export function someOf(names: readonly string[], most = 20): string {
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return names.slice(0, most).join(", ") + more;
}

const compare = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;
