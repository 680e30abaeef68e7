/**
 * Which code decides the bits of a training: what was begun with other code cannot be gone on with.
 *
 * @module
 */
import { exists, readJson, readText } from "../io/files.ts";
import { VERSION } from "./config.ts";

/** The rooms, and single files, whose change can change a bit. */
const EXPERIMENTS = ["phase1", "phase2", "grid", "learn_new_classes", "train_groups", "penalty"];
const PARTS = [
  "shaders",
  "src/gpu",
  "src/nn",
  "src/training",
  "src/prior",
  "src/data",
  "src/random.ts",
  "src/runs/checkpoint.ts",
  ...EXPERIMENTS.map((name) => `src/experiments/${name}.ts`),
];

let known: Promise<string> | undefined;

/**
 * A hash of this program's code where it lies on the disk and may be read; else its version, which
 * stands for the code of a published package.
 *
 * @throws {Failure} naming the file of it that cannot be read.
 */
export function codeVersion(): Promise<string> {
  return known ??= findVersion();
}

async function findVersion(): Promise<string> {
  const root = `${import.meta.dirname}/../..`;
  const { state } = await Deno.permissions.query({ name: "read", path: root });
  const isHere = import.meta.dirname !== undefined && state === "granted" &&
    await exists(`${root}/shaders`);
  return isHere ? await hashCode(root) : VERSION;
}

/**
 * A hash of the code that decides bits, and of the versions of the packages that it uses.
 *
 * @param root The folder of deno.json.
 */
export async function hashCode(root: string): Promise<string> {
  const texts: string[] = [];
  for (const part of PARTS) {
    for (const path of await listFiles(`${root}/${part}`)) {
      texts.push(await readText(path));
    }
  }
  const { imports } = await readJson<{ imports: Record<string, string> }>(`${root}/deno.json`);
  const isUsed = ([name]: [string, string]) => texts.some((text) => text.includes(`"${name}`));
  const used = Object.entries(imports).filter(isUsed);
  const all = new TextEncoder().encode(JSON.stringify([texts, used]));
  const sum = await crypto.subtle.digest("SHA-256", all);
  return new Uint8Array(sum).toHex().slice(0, 16);
}

/** A source file itself, or those in a folder and below it, in a fixed order. */
async function listFiles(path: string): Promise<string[]> {
  if (/\.(ts|wgsl)$/.test(path)) return [path];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    const isCode = isDirectory || /^[^.].*\.(ts|wgsl)$/.test(name); // editors lock files as ".#name.ts"
    if (isCode) files.push(...await listFiles(`${path}/${name}`));
  }
  return files.sort();
}
