/**
 * What may lie in a folder of pictures: what is read, what is passed over and what is refused.
 *
 * @module
 */

/** What becomes of an entry: it is read, passed over (`ignored` says why) or refused (`refused`). */
export interface Verdict {
  /** Why it is passed over. */
  ignored?: string;
  /** Why it is refused, and what to do. */
  refused?: string;
}

/**
 * Judges an entry of a folder that should hold class folders, or of a class folder, which should
 * hold pictures.
 *
 * @param kind What is wanted here.
 */
export function judgeEntry(entry: Deno.DirEntry, kind: "isDirectory" | "isFile"): Verdict {
  if (isHidden(entry.name)) return { ignored: "a hidden file, or one that the system leaves" };
  // It could drive the terminal that shows the class names.
  if (/\p{Cc}/u.test(entry.name)) return { refused: "control characters in its name" };
  if (entry.isSymlink) return { refused: "it is a symbolic link. Copy what it points to" };
  if (entry[kind]) return {};
  return {
    refused: kind === "isFile"
      ? "it is no file. Class folders hold pictures only"
      : "it is no folder. Put it into the folder of its class",
  };
}

/** Dot files and what Windows leaves in folders of pictures. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || ["thumbs.db", "desktop.ini"].includes(name.toLowerCase());
}
