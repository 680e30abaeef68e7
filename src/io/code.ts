/**
 * Which code decides the bits of a training: what was begun with other code cannot be gone on with.
 *
 * @module
 */
import { VERSION } from "./config.ts";

/** The rooms, and files of src, whose change can change a bit. */
const PARTS = ["shaders", "src/gpu", "src/nn", "src/training", "src/prior", "src/random.ts"];

let known: Promise<string> | undefined;

/**
 * A hash of this program's code where it lies on the disk and may be read; else its version, which
 * stands for the code of a published package.
 */
export function codeVersion(): Promise<string> {
  return known ??= hashCode().catch(() => VERSION);
}

async function hashCode(): Promise<string> {
  const root = import.meta.dirname;
  if (root === undefined) return VERSION;
  const files: string[] = [];
  for (const part of PARTS) {
    const path = `${root}/../../${part}`;
    if (part.endsWith(".ts")) files.push(path);
    else for await (const { name } of Deno.readDir(path)) files.push(`${path}/${name}`);
  }
  const hashes = await Promise.all(
    files.sort().map(async (file) => {
      const sum = await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
      return new Uint8Array(sum).toHex();
    }),
  );
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(hashes.join()));
  return new Uint8Array(sum).toHex().slice(0, 16);
}
