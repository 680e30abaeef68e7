/**
 * Fetches the authors' silhouettes (SPEC §1): the whole set, checked, or nothing.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { diskError } from "../io/files.ts";
import { type Unpacked, unpackInto, type UnpackOptions } from "./archive.ts";
import { makeFolder } from "./beside.ts";

/** Where the authors keep their set: plain http, no published checksum. */
export const SILHOUETTES_URL = "http://www.cns.nyu.edu/~reuben/files/silhouettes.zip";

/** How a set is fetched; every field has a default. */
export interface DownloadOptions extends Pick<UnpackOptions, "sha256" | "caps" | "signal"> {
  /** The archive's address, http or https. Default the authors'. */
  url?: string;
  /** Seconds without a byte after which the download is given up. Default 30. */
  patience?: number;
  /** Called as bytes come and as files are unpacked; `total` is missing where the server is silent. */
  onProgress?: (step: "downloading" | "unpacking", done: number, total?: number) => void;
}

/** A larger archive is not downloaded. */
const MAX_BYTES = 2 * 2 ** 30;

/**
 * Downloads an archive and unpacks it into a new folder, all of it or nothing.
 *
 * @param dir The folder to make. Until it is whole, all lies in a temporary folder beside it.
 * @throws {Error} Naming the address and what is wrong: `dir` exists, the server cannot be reached,
 * answers anything but 200, stalls or sends less than it said; or as `unpackImageSet` does.
 */
export async function downloadImageSet(
  dir: string,
  options: DownloadOptions = {},
): Promise<Unpacked> {
  const { url = SILHOUETTES_URL, onProgress, sha256, caps, signal } = options;
  return await makeFolder(dir, async (work) => {
    const archive = `${work}/archive.zip`;
    await downloadFile(url, archive, options);
    return await unpackInto(`${work}/set`, archive, {
      ...{ name: url, sha256, caps, signal },
      onProgress: (done, total) => onProgress?.("unpacking", done, total),
    });
  });
}

/** Writes what an address answers into a new file. */
async function downloadFile(
  url: string,
  path: string,
  { patience = 30, onProgress, signal }: DownloadOptions,
): Promise<void> {
  const fail = (reason: string, cause?: unknown) =>
    new Failure(
      "input",
      `Cannot download ${url}: ${reason}. Try again, name a mirror with --url, or fetch it another ` +
        `way and give it with --zip`,
      { cause },
    );
  const stalled = new AbortController();
  const giveUp = () => stalled.abort(fail(`nothing came for ${patience} seconds`));
  let timer = setTimeout(giveUp, 1000 * patience);
  const abort = AbortSignal.any([stalled.signal, ...(signal ? [signal] : [])]);
  let done = 0, total: number | undefined;
  try {
    using file = await Deno.open(path, { write: true, createNew: true }).catch((error) => {
      throw diskError("write", path, error);
    });
    // "identity": a server that packs the archive once more would make the length meaningless.
    const headers = { "accept-encoding": "identity" };
    const response = await fetch(url, { signal: abort, headers });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw fail(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    const length = response.headers.get("content-length");
    if (length !== null) total = Number(length);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, 1000 * patience);
      done += chunk.length;
      if (Math.max(done, total ?? 0) > MAX_BYTES) throw fail(`it has more than ${MAX_BYTES} bytes`);
      writeAll(file, path, chunk);
      onProgress?.("downloading", done, total);
    }
    if (total !== undefined && done !== total) throw fail(`only ${progress(done, total)} came`);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // What fetch throws: the connection could not be made, or it broke.
    const { message } = (error.cause ?? error) as Error;
    const reason = message.replace(/^error sending request for url \(.*?\): /, "");
    throw fail(done > 0 ? `the connection broke after ${progress(done, total)}` : reason, error);
  } finally {
    clearTimeout(timer);
  }
}

function writeAll(file: Deno.FsFile, path: string, bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  } catch (error) {
    throw diskError("write", path, error);
  }
}

/** `3 of 7 bytes`, or `3 bytes` where the server did not say how many there are. */
function progress(done: number, total?: number): string {
  return total === undefined ? `${done} bytes` : `${done} of ${total} bytes`;
}
