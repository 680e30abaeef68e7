/**
 * Image files that are made up to be read, or not.
 *
 * @module
 */
/** A crafted file. */
export interface Crafted {
  /** What it is one of. */
  family: string;
  name: string;
  bytes: Uint8Array;
  /** Of a sound file: what it shows, RGBA (H, W, 4) on white. */
  shows?: { width: number; height: number; pixels: Uint8Array };
  /** Of a bad file: what the error says, where that matters. */
  says?: string;
}

/** By what they are one of: a name, the bytes, and what the error says, where that matters. */
type Families = Record<string, [name: string, bytes: Uint8Array, says?: string][]>;

/** The files of a table, those of each family in a row. */
export function listFamilies(kind: string, families: Families): Crafted[] {
  return Object.entries(families).flatMap(([family, files]) =>
    files.map(([name, bytes, says]) => ({ family: kind + family, name, bytes, says }))
  );
}
