/**
 * What must never be found: half a file under its final name.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { readKerasWeights } from "../../src/io/keras_h5.ts";
import { readNpy } from "../../src/io/npy.ts";

/** By the end of a file's name, what throws where the file is not whole. */
const READERS: Record<string, (path: string) => Promise<unknown>> = {
  npy: readNpy,
  h5: readKerasWeights,
  json: async (path) => JSON.parse(await Deno.readTextFile(path)),
  svg: (path) => expectEnd(path, new TextEncoder().encode("</svg>\n")),
  png: (path) => expectEnd(path, Uint8Array.from("IEND\xae\x42\x60\x82", (it) => it.charCodeAt(0))),
};

async function expectEnd(path: string, end: Uint8Array): Promise<void> {
  const bytes = await Deno.readFile(path);
  const isWhole = end.every((byte, i) => byte === bytes[bytes.length - end.length + i]);
  if (!isWhole) throw new Error("its end is missing");
}

/** The broken files below a folder, and why; a folder that is missing has none. */
export async function listBroken(dir: string): Promise<string[]> {
  const broken: string[] = [];
  for (const name of existsSync(dir) ? readdirSync(dir, { recursive: true }).map(String) : []) {
    const read = READERS[name.slice(name.lastIndexOf(".") + 1)];
    await read?.(`${dir}/${name}`).catch((error) =>
      broken.push(`${dir}/${name}: ${error.message}`)
    );
  }
  return broken;
}
