/**
 * The visitor's images: brought to the disk in the tasks' layout, counted and shown.
 *
 * @module
 */
import { listDataSet, type PartContents } from "../data/contents.ts";
import { decodeImage } from "../data/decode.ts";
import { isHidden } from "../data/entries.ts";
import type { Part } from "../data/phase_folders.ts";
import { readPictureFile } from "../data/pictures.ts";
import { Failure } from "../failure.ts";
import { createRandom, mixSeed } from "../random.ts";
import { drawImageSheet } from "../report/image_sheet.ts";
import type { Image } from "../report/png.ts";
import type { Disk } from "./memory_disk.ts";
import type { Given, Images, Tasks } from "./protocol.ts";
import { unpackGiven } from "./unpack_given.ts";

/** Pictures of a part on its sheet. */
const SHOWN = 20;
/** Pictures of a new class that train, and as many that validate; the others test. */
const FEW = 5;
const PICTURE = /\.(png|jpe?g)$/i;

/** Replaces the images by what a visitor gives. @throws {Failure} "input" where it is no set of images. */
export async function takeImages(
  disk: Disk,
  dir: string,
  { given, as, seed }: Tasks["bring"]["ask"],
): Promise<void> {
  const files = (await unpackGiven(given))
    .filter(({ path }) => PICTURE.test(path) && !path.split("/").some(isHidden));
  const placed = placeByPhase(files) ?? placeByClass(files, as, seed);
  if (placed.length === 0) {
    throw new Failure(
      "input",
      "Cannot use what was dropped: there is no folder of pictures (PNG or JPEG) in it; drop a folder " +
        "that holds a folder for each class",
    );
  }
  const replaced = new Set(placed.map(({ path }) => path.split("/")[0]));
  for (const phase of replaced) {
    if (disk.find(`${dir}/${phase}`)) disk.remove(`${dir}/${phase}`, true);
  }
  for (const { path, file } of placed) {
    const target = `${dir}/${path}`;
    disk.makeFolder(target.replace(/\/[^/]*$/, ""), true);
    disk.put(target, new Uint8Array(await file.arrayBuffer()));
  }
}

/** Files below folders "phase1" and "phase2", from there on; undefined where there are none. */
function placeByPhase(files: Given): Given | undefined {
  const placed = files.flatMap(({ path, file }) => {
    const [inside] = /(?<=^|\/)(phase1|phase2\/(train|valid|test))\/[^/]+\/[^/]+$/.exec(path) ?? [];
    return inside === undefined ? [] : [{ path: inside, file }];
  });
  return placed.length > 0 ? placed : undefined;
}

/** Class folders, as those of one phase. */
function placeByClass(files: Given, as: "phase1" | "phase2", seed: number): Given {
  const classes = classesOf(files);
  if (as === "phase1") {
    return [...classes].flatMap(([name, files]) =>
      files.map(({ path, file }) => ({ path: `phase1/${name}/${path}`, file }))
    );
  }
  return [...classes].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([name, files], label) => {
    const order = createRandom(mixSeed(seed, label)).shuffle([...files.keys()]);
    const sorted = files.toSorted((a, b) => a.path < b.path ? -1 : 1);
    if (files.length < 3) {
      throw new Failure(
        "input",
        `Cannot use the class "${name}": its ${files.length} pictures are too few for training, ` +
          `validation and test; give at least 3, better 15`,
      );
    }
    const few = Math.min(FEW, Math.floor(files.length / 3));
    return order.map((index, place) => {
      const part: Part = place < few ? "train" : place < 2 * few ? "valid" : "test";
      const { path, file } = sorted[index];
      return { path: `phase2/${part}/${name}/${path}`, file };
    });
  });
}

/**
 * Pictures by class: the folders in that which holds all, or that one itself. Pictures of a class's
 * folders are its own; those beside class folders are left out.
 *
 * @returns Their paths in the class, as one name each.
 */
function classesOf(files: Given): Map<string, Given> {
  const split = files.map(({ path, file }) => ({ parts: path.split("/"), file }))
    .filter(({ parts }) => parts.length > 1);
  const [first] = split;
  const isCommon = (depth: number) =>
    split.every(({ parts }) => parts.length > depth + 1 && parts[depth] === first.parts[depth]);
  let depth = 0; // where classes are told apart
  while (first && isCommon(depth)) depth++;
  if (split.every(({ parts }) => parts.length === depth + 1)) depth--;
  const classes = new Map<string, Given>();
  for (const { parts, file } of split.filter(({ parts }) => parts.length > depth + 1)) {
    const inClass = classes.get(parts[depth]) ?? [];
    inClass.push({ path: parts.slice(depth + 1).join("-"), file });
    classes.set(parts[depth], inClass);
  }
  return classes;
}

/** Counts and shows the images that there are, and lists what training would refuse or pass over. */
export async function listImages(dir: string): Promise<Images> {
  const { parts, ignored, problems } = await listDataSet(dir);
  for (const { path, reason } of ignored) problems.push(`${path} is passed over: ${reason}`);
  const [known, fresh] = ["phase1", "phase2/train"].map((wanted) =>
    parts.find(({ part }) => part === wanted)?.classes.map(({ name }) => name) ?? []
  );
  const both = known.filter((name) => fresh.includes(name));
  if (both.length > 0) {
    problems.push(
      `In both phases: ${both.join(", ")}. Phase 2 is about classes that phase 1 lacks`,
    );
  }
  return { parts: await Promise.all(parts.map((part) => showPart(part, problems))), problems };
}

async function showPart({ part, folder, classes }: PartContents, problems: string[]) {
  const shown: Image[] = [];
  for (const one of classes.filter(({ files }) => files.length > 0).slice(0, SHOWN)) {
    const path = `${folder}/${one.folder ?? one.name}/${one.files[0]}`;
    try {
      const { pixels, ...size } = decodeImage(await readPictureFile(path), path);
      shown.push({ ...size, rgba: pixels });
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return {
    part,
    classes: classes.map(({ name, files }) => ({ name, images: files.length })),
    ...shown.length > 0 && { sheet: drawImageSheet(shown) },
  };
}
