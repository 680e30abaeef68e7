/**
 * Files of the disk as one zip archive.
 *
 * @module
 */
import { BlobReader, configure, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { Disk } from "./memory_disk.ts";

/** Packs all files of a folder; pictures and numbers are packed already or do not shrink. */
export async function packFolder(disk: Disk, folder: string): Promise<Uint8Array<ArrayBuffer>> {
  configure({ useWebWorkers: false }); // this is one, and the page's policy allows no others
  const zip = new ZipWriter(new Uint8ArrayWriter(), { level: 0 });
  for (const path of disk.walk(folder)) {
    const { bytes, changed } = disk.file(path);
    await zip.add(path, new BlobReader(new Blob([bytes])), { lastModDate: new Date(changed) });
  }
  return await zip.close() as Uint8Array<ArrayBuffer>;
}
