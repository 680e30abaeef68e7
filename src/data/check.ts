/**
 * Checks a data set before hours are spent on it: everything at once that training would stop at,
 * and what would make its figures mean something else.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { IgnoredFile } from "./classes.ts";
import { listDataSet, type ListOptions, type PartContents } from "./contents.ts";
import { decodeImage } from "./decode.ts";
import { someOf } from "./entries.ts";
import { readPictureFile } from "./pictures.ts";
import { release } from "./free_memory.ts";
import type { Size } from "./resize.ts";

/** A part of a data set with what its pictures showed. */
export interface CheckedPart {
  /** Which one: phase1, phase2/train, phase2/valid or phase2/test. */
  part: PartContents["part"];
  /** Sorted by name, with the number of their files. */
  classes: { name: string; images: number }[];
  /** Pictures that can be decoded. */
  readable: number;
  /** The sizes with the fewest and with the most pixels; missing where no picture can be decoded. */
  sizes?: { smallest: Size; largest: Size };
  /** Pictures whose size is not the one that training wants; training resizes them. */
  resized: number;
}

/** What a check found. */
export interface DataSetCheck {
  /** The parts that are there, in the order in which they are used. */
  parts: CheckedPart[];
  /** Paths of files with the same bytes, a list for each group of them. */
  duplicates: string[][];
  /** Files and folders that training passes over. */
  ignored: IgnoredFile[];
  /** What stops training or makes its figures wrong, a line each; none for a usable set. */
  problems: string[];
}

/** How a data set is checked. */
export interface CheckOptions extends ListOptions {
  /** The size that training wants. Default 200 × 200. */
  size?: Size;
  /** Called after every file. */
  onProgress?: (done: number, total: number) => void;
}

/** A file that was read. */
interface ReadFile {
  part: PartContents["part"];
  path: string;
  hash: string;
}

/**
 * Checks a data set (SPEC §1): a folder that holds `phase1`, `phase2` or both, or one of these
 * itself. Every file is read once.
 *
 * A picture that lies in two of train, valid and test is a problem: it is no test of what was
 * learned. Other duplicates are listed only.
 *
 * @throws {Error} If `dir` is no folder; all else is in the result.
 */
export async function checkDataSet(
  dir: string,
  { size = { height: 200, width: 200 }, onProgress, followLinks }: CheckOptions = {},
): Promise<DataSetCheck> {
  const { parts, ignored, problems } = await listDataSet(dir, { followLinks });
  judgeClasses(parts, problems);
  const total = parts.flatMap(({ classes }) => classes).reduce((n, c) => n + c.files.length, 0);
  const read: ReadFile[] = [];
  const checked: CheckedPart[] = [];
  let done = 0;
  for (const { part, folder, classes } of parts) {
    const sizes: Size[] = [];
    for (const { name, folder: own, files } of classes) {
      for (const path of files.map((file) => `${folder}/${own ?? name}/${file}`)) {
        try {
          const bytes = await readPictureFile(path);
          read.push({ part, path, hash: createHash("sha256").update(bytes).digest("hex") });
          const { width, height } = decodeImage(bytes, path, size);
          release(bytes);
          sizes.push({ width, height });
        } catch (error) {
          problems.push((error as Error).message);
        }
        onProgress?.(++done, total);
      }
    }
    checked.push({
      part,
      classes: classes.map(({ name, files }) => ({ name, images: files.length })),
      ...summarize(sizes, size),
    });
  }
  return { parts: checked, duplicates: findDuplicates(read, problems), ignored, problems };
}

/** Too few classes or pictures, and parts of phase 2 that differ in their classes. */
function judgeClasses(parts: PartContents[], problems: string[]): void {
  const wanted = parts.find(({ part }) => part === "phase2/train")?.classes.map(({ name }) => name);
  for (const { part, folder, classes } of parts) {
    if (classes.length < 2) {
      const count = classes.length === 1 ? "one class folder" : "no class folder";
      problems.push(`${folder}: ${count} in it. Give at least 2, with pictures in each`);
    }
    for (const { name, folder: own, files, isMisused } of classes) {
      if (files.length === 0 && !isMisused) {
        problems.push(
          `${folder}/${own ?? name}: no pictures in it. Add some, or remove the folder`,
        );
      }
    }
    const names = classes.map(({ name }) => name);
    if (part === "phase1") {
      const counts = classes.map(({ files }) => files.length);
      if (counts.includes(1) && counts.every((count) => count < 2)) {
        problems.push(`${folder}: no class has 2 pictures, one of which would be for validation`);
      }
    } else if (wanted) {
      const missing = wanted.filter((name) => !names.includes(name));
      const extra = names.filter((name) => !wanted.includes(name));
      if (missing.length > 0) {
        problems.push(`${folder}: lacks classes that train has: ${someOf(missing)}`);
      }
      if (extra.length > 0) {
        problems.push(`${folder}: has classes that train lacks: ${someOf(extra)}`);
      }
    }
  }
}

function summarize(sizes: Size[], wanted: Size): Omit<CheckedPart, "part" | "classes"> {
  const sorted = sizes.toSorted((a, b) => a.width * a.height - b.width * b.height);
  const { width, height } = wanted;
  return {
    readable: sizes.length,
    ...sizes.length > 0 && { sizes: { smallest: sorted[0], largest: sorted.at(-1)! } },
    resized: sizes.filter((size) => size.width !== width || size.height !== height).length,
  };
}

function findDuplicates(files: ReadFile[], problems: string[]): string[][] {
  const groups = [...Map.groupBy(files, ({ hash }) => hash).values()]
    .filter((group) => group.length > 1);
  for (const group of groups) {
    const parts = new Set(group.map(({ part }) => part).filter((part) => part !== "phase1"));
    if (parts.size > 1) {
      problems.push(
        `the same picture is in ${[...parts].join(" and ")}, so that its test says nothing: ` +
          group.map(({ path }) => path).join(", "),
      );
    }
  }
  return groups.map((group) => group.map(({ path }) => path));
}
