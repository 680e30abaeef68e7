/**
 * What a visitor dropped, with zip archives replaced by what is in them.
 *
 * @module
 */
import { BlobReader, BlobWriter, configure, ZipReader } from "@zip.js/zip.js";
import { Failure } from "../failure.ts";
import type { Given } from "./protocol.ts";

/** The most bytes that an archive may hold, unpacked. */
const MOST_BYTES = 2 ** 30;

/** Unpacks archives. @throws {Failure} "input", naming one that is damaged or too large. */
export async function unpackGiven(given: Given): Promise<Given> {
  configure({ useWebWorkers: false });
  const all: Given = [];
  for (const one of given) {
    if (!/\.zip$/i.test(one.path)) all.push(one);
    else all.push(...await unpack(one));
  }
  return all;
}

async function unpack({ path, file }: Given[number]): Promise<Given> {
  const inside: Given = [];
  let bytes = 0;
  try {
    for (const entry of await new ZipReader(new BlobReader(file)).getEntries()) {
      if (entry.directory) continue;
      bytes += entry.uncompressedSize;
      if (bytes > MOST_BYTES) {
        throw new Error(`it unpacks to more than ${MOST_BYTES / 2 ** 30} GiB`);
      }
      const content = await entry.getData(new BlobWriter(), { checkSignature: true });
      inside.push({ path: entry.filename, file: content });
    }
  } catch (cause) {
    const { message } = cause as Error;
    throw new Failure("input", `Cannot unpack ${path}: ${message}; get the archive again`, {
      cause,
    });
  }
  return inside;
}
