/**
 * Random damage to a sound archive of silhouettes, each unpacked into a folder of its own.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { unpackImageSet } from "../../src/data/archive.ts";
import { createRandom, mixSeed } from "../../src/random.ts";
import { buildZip } from "./build_zip.ts";
import { damage } from "./damage.ts";

/** What became of the mutations. */
export interface ArchiveMutations {
  /** Archives that were unpacked: what they hold is as it was, under names that are safe. */
  accepted: number;
  refused: number;
  slowest: { number: number; milliseconds: number };
}

/**
 * Unpacks mutations of an archive.
 *
 * @param dir An empty folder, which is left empty.
 * @throws {Error} Naming the mutation that wrote outside its folder, left a part behind, or changed
 * what a file holds.
 */
export async function mutateArchives(
  count: number,
  dir: string,
  { seed = 0, onProgress }: { seed?: number; onProgress?: (done: number) => void } = {},
): Promise<ArchiveMutations> {
  const contents = ["a cat", "a dog, a dog, a dog, a dog", "an owl"];
  const names = ["phase1/cat/1.png", "phase1/dog/1.png", "phase2/test/owl/1.jpg"];
  const archive = buildZip([
    { name: "silhouettes/" },
    ...names.map((name, i) => ({
      name: `silhouettes/${name}`,
      content: new TextEncoder().encode(contents[i]),
      method: i === 0 ? 0 : 8,
    })),
  ]);
  const found = { accepted: 0, refused: 0, slowest: { number: 0, milliseconds: 0 } };
  for (let number = 0; number < count; number++) {
    const fail = (what: string) => new Error(`Mutation ${number} of seed ${seed}: ${what}`);
    await Deno.writeFile(`${dir}/a.zip`, damage([archive], createRandom(mixSeed(seed, number))));
    const start = performance.now();
    const unpacked = await unpackImageSet(`${dir}/a.zip`, `${dir}/set`).catch((error) => error);
    const milliseconds = performance.now() - start;
    if (milliseconds > found.slowest.milliseconds) found.slowest = { number, milliseconds };
    const left = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).sort();
    const refused = unpacked instanceof Error;
    if (left.join() !== (refused ? "a.zip" : "a.zip,set")) throw fail(`it left ${left.join(", ")}`);
    if (refused && !unpacked.message.startsWith(`Cannot unpack ${dir}/a.zip: `)) {
      throw fail(unpacked.message);
    }
    if (!refused) {
      const read = readdirSync(`${dir}/set`, { recursive: true, withFileTypes: true })
        .filter((it) => !it.isDirectory())
        .map((it) => it.isFile() ? readFileSync(`${it.parentPath}/${it.name}`, "utf8") : "no file");
      if (read.length !== unpacked.files) throw fail(`${read.length} files, not ${unpacked.files}`);
      const strange = read.find((text) => !contents.includes(text));
      if (strange !== undefined) throw fail(`a file holds ${JSON.stringify(strange)}`);
      await Deno.remove(`${dir}/set`, { recursive: true });
    }
    found[refused ? "refused" : "accepted"]++;
    onProgress?.(number + 1);
  }
  await Deno.remove(`${dir}/a.zip`).catch(() => {}); // there is none for a count of 0
  return found;
}
