/**
 * What a visitor dropped, with zip archives replaced by what is in them; they are judged as the tasks
 * judge them.
 *
 * @module
 */
import { faultOfSize, judgeFiles } from "../data/archive.ts";
import { Failure } from "../failure.ts";
import { inflate } from "../io/zip.ts";
import { createDeno } from "./deno.ts";
import { Disk } from "./memory_disk.ts";
import type { Given } from "./protocol.ts";

/** The most that an archive may hold: entries, and bytes of all of them, unpacked. */
const MOST = { entries: 20_000, bytes: 2 ** 30 };

/** Unpacks archives. @throws {Failure} "input", naming one that is damaged, too large or made to trick. */
export async function unpackGiven(given: Given): Promise<Given> {
  const all: Given = [];
  for (const one of given) {
    if (!/\.zip$/i.test(one.path)) all.push(one);
    else all.push(...await unpack(one));
  }
  return all;
}

async function unpack({ path: archive, file }: Given[number]): Promise<Given> {
  const disk = new Disk(); // of its own: the archive is not kept
  disk.put("archive", new Uint8Array(await file.arrayBuffer()));
  const open = createDeno(disk).openSync("archive") as unknown as Parameters<typeof judgeFiles>[0];
  const inside: Given = [];
  let bytes = 0;
  try {
    for await (const { entry, path, isLeft } of judgeFiles(open, MOST.entries)) {
      if (isLeft) continue;
      const excess = faultOfSize(entry);
      if (excess) throw new Error(`the entry "${entry.filename}" ${excess}`);
      bytes += entry.uncompressedSize;
      if (bytes > MOST.bytes) throw new Error(`it unpacks to more than ${MOST.bytes} bytes`);
      const content = await inflate(entry) as Uint8Array<ArrayBuffer>;
      inside.push({ path, file: new Blob([content]) });
    }
  } catch (cause) {
    throw new Failure("input", `Cannot unpack ${archive}: ${(cause as Error).message}`, { cause });
  }
  return inside;
}
