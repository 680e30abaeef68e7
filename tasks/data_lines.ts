/**
 * What `deno task data` prints about a data set.
 *
 * @module
 */
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { quote } from "./user_folder.ts";
import type { CheckedPart, DataSetCheck, DataSetContents } from "../mod.ts";

/** Lines stay within this many columns where their words allow. */
const WIDTH = 80;
const INDENT = 14;
/** Of duplicates and ignored files; problems are all printed. */
const MOST = 20;

/** The classes of every part with their counts. */
export function describeContents({ parts }: DataSetContents): string {
  return parts.map(({ part, classes }) =>
    describeClasses(part, classes.map(({ name, files }) => ({ name, images: files.length })))
  ).join("\n");
}

/** All that a check found; the problems come last. */
export function describeCheck({ parts, duplicates, ignored, problems }: DataSetCheck): string {
  const lines = parts.flatMap((part) => [
    describeClasses(part.part, part.classes),
    ...describeSizes(part),
  ]);
  lines.push(...section(
    "duplicates",
    `${count(duplicates.length, "group")} of files with the same bytes`,
    duplicates.map((paths) => paths.join(" = ")),
  ));
  lines.push(...section(
    "ignored",
    count(ignored.length, "entry", "entries"),
    ignored.map(({ path, reason }) => `${path}: ${reason}`),
  ));
  if (problems.length > 0) {
    lines.push(...section("problems", String(problems.length), problems, Infinity));
  } else lines.push(label("problems") + "none");
  return lines.join("\n");
}

/** The commands that use a data set, one a line. */
export function describeNext(
  dir: string,
  parts: readonly { part: string }[],
  { options = "" }: { options?: string } = {},
): string {
  const dataDir = dir === DEFAULT_FOLDERS.silhouettes ? "" : ` --data-dir=${quote(dir)}`;
  const task = parts.some(({ part }) => part === "phase1")
    ? "deno task phase1:loop"
    : "deno task phase2 --mode=sk --alpha=2.57";
  return `${label("next")}${task}${dataDir}${options}`;
}

function describeClasses(part: string, classes: { name: string; images: number }[]): string {
  const images = classes.reduce((sum, { images }) => sum + images, 0);
  const head = `${count(classes.length, "class", "classes")}, ${count(images, "image")}`;
  const items = classes.map(({ name, images }) => `${name} ${images}`);
  return wrap(label(part) + head + (items.length > 0 ? ":" : ""), items);
}

function describeSizes({ readable, sizes, resized }: CheckedPart): string[] {
  if (!sizes) return [];
  const [smallest, largest] = [sizes.smallest, sizes.largest].map(({ width, height }) =>
    `${width}×${height}`
  );
  const range = smallest === largest ? `all ${smallest}` : `${smallest} … ${largest} pixels`;
  const note = resized === 0 ? "" : `; ${resized} of ${readable} will be resized to 200×200`;
  return [" ".repeat(INDENT) + range + note];
}

function section(name: string, title: string, items: string[], most = MOST): string[] {
  if (items.length === 0) return [];
  const more = items.length > most ? [`… and ${items.length - most} more`] : [];
  const shown = [...items.slice(0, Math.min(most, items.length)), ...more];
  return [label(name) + title, ...shown.map((item) => `  ${item}`)];
}

/** Items separated by commas behind a head, over as many lines as they need. */
function wrap(head: string, items: string[]): string {
  const lines = [head];
  for (const [i, item] of items.entries()) {
    const text = item + (i < items.length - 1 ? "," : "");
    if (`${lines.at(-1)} ${text}`.length > WIDTH) lines.push(" ".repeat(INDENT) + text);
    else lines[lines.length - 1] += ` ${text}`;
  }
  return lines.join("\n");
}

const label = (name: string) => name.padEnd(INDENT);
const count = (number: number, one: string, many = `${one}s`) =>
  `${number} ${number === 1 ? one : many}`;
