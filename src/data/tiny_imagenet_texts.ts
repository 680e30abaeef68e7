/**
 * What Tiny ImageNet's texts say: its classes, their names, and the class of each validation image.
 *
 * @module
 */
import type { Failure } from "../failure.ts";
import { cannotRead } from "../io/refusal.ts";
import { isHidden } from "./entries.ts";
import { faultOfName } from "./entry_names.ts";
import type { Release } from "./open_tiny_imagenet.ts";

/** Reads the classes, sorted. @throws {Failure} "input" naming the line that is no WordNet id. */
export async function readClasses(release: Release): Promise<string[]> {
  const classes = new Set<string>();
  for (const [number, line] of linesOf(await release.readText("wnids.txt"))) {
    if (!/^\w+$/.test(line)) {
      throw lineFault(release, "wnids.txt", number, `is "${line}" and no id such as n01443537`);
    }
    classes.add(line);
  }
  return [...classes].sort();
}

/**
 * Names the folder of each class after its first word in words.txt, as every system and shell takes it;
 * after its id where that has no such word. Those of one word have the id behind it.
 */
export function nameClasses(classes: readonly string[], words: string): string[] {
  const wordsOf = new Map(
    linesOf(words).map(([, line]) => line.split("\t", 2) as [string, string]),
  );
  const names = classes.map((wnid) => folderName(wordsOf.get(wnid)?.split(",")[0] ?? ""));
  const alike = Map.groupBy(names, (name) => name.toLowerCase());
  return classes.map((wnid, i) => {
    if (names[i] === "") return wnid;
    return alike.get(names[i].toLowerCase())!.length > 1 ? `${names[i]}_${wnid}` : names[i];
  });
}

/** Letters, digits and hyphens of a word, anything else between them an underscore; "" for none. */
function folderName(word: string): string {
  const name = word.normalize("NFC").replaceAll(/['’]/g, "")
    .replaceAll(/[^\p{L}\p{M}\p{N}-]+/gu, "_").replaceAll(/^[_-]+|[_-]+$/g, "");
  return faultOfName(name) || isHidden(name) ? "" : name;
}

/**
 * Reads which images of val/images belong to which class.
 *
 * @returns Of every class its images' paths in the release, sorted.
 * @throws {Failure} "input" naming the line that names no class, no image, or one a second time.
 */
export async function readAnnotations(
  release: Release,
  classes: readonly string[],
): Promise<Map<string, string[]>> {
  const file = "val/val_annotations.txt";
  const left = new Set(await release.list("val/images"));
  const images = new Map<string, string[]>(classes.map((wnid) => [wnid, []]));
  for (const [number, line] of linesOf(await release.readText(file))) {
    const [name, wnid = ""] = line.split("\t");
    const own = images.get(wnid);
    if (!own) {
      const fault = `names the class "${wnid}", which wnids.txt does not list`;
      throw lineFault(release, file, number, fault);
    }
    const path = `val/images/${name}`;
    if (!left.delete(path)) {
      const fault = `names "${name}", which val/images does not hold, or an earlier line names`;
      throw lineFault(release, file, number, fault);
    }
    own.push(path);
  }
  return new Map([...images].map(([wnid, paths]) => [wnid, paths.sort()]));
}

/** Lines that hold something, with their numbers, whichever system wrote them. */
function linesOf(text: string): [number: number, line: string][] {
  return text.split("\n").map((line, i): [number, string] => [i + 1, line.trimEnd()])
    .filter(([, line]) => line !== "");
}

function lineFault(release: Release, path: string, number: number, fault: string): Failure {
  const what = `line ${number} ${fault}`;
  return cannotRead(release.at(path), `${what}; get the set again, or mend the line`);
}
