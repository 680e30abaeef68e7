/**
 * Fetches the authors' silhouettes (SPEC §1): the whole set, checked, or nothing.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { type Unpacked, unpackInto, type UnpackOptions } from "./archive.ts";
import { makeFolder, withoutSlash } from "./make_folder.ts";
import { openPartialFile, type Origin } from "./partial_file.ts";

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

/** The most bytes of an archive that is downloaded. */
const MAX_BYTES = 2 * 2 ** 30;
/** The most redirects that are followed: a server that asks for more has lost its way. */
const MAX_REDIRECTS = 5;

/**
 * Downloads an archive and unpacks it into a new folder, all of it or nothing.
 *
 * When a download stops, what has come is kept as `<dir>.part`, if the server says how to tell this
 * archive from a later one; the next call for the same address asks for the rest.
 *
 * @param dir The folder to make. Until it is whole, everything lies in a temporary folder beside it.
 * @throws {Error} Naming the address and what is wrong: `dir` exists, the server cannot be reached,
 * answers neither with the archive nor with the rest of it, stalls or sends less than it said;
 * another process downloads the same; or as `unpackImageSet` does.
 */
export async function downloadImageSet(
  dir: string,
  options: DownloadOptions = {},
): Promise<Unpacked> {
  const { url = SILHOUETTES_URL, onProgress, sha256, caps, signal } = options;
  return await makeFolder(dir, async (work) => {
    const archive = `${work}/archive.zip`;
    await downloadFile(url, `${withoutSlash(dir)}.part`, archive, options);
    return await unpackInto(`${work}/set`, archive, {
      ...{ name: url, sha256, caps, signal },
      onProgress: (done, total) => onProgress?.("unpacking", done, total),
    });
  });
}

/**
 * Downloads a file.
 *
 * @param part Holds what has come until the file is whole; what an earlier call has left there is
 * used.
 */
async function downloadFile(
  url: string,
  part: string,
  path: string,
  { patience = 30, onProgress, signal }: DownloadOptions,
): Promise<void> {
  const file = await openPartialFile(part, url);
  const fail = (reason: string, cause?: unknown) => {
    const again = file.origin && file.size > 0 ? "Try again and it goes on there" : "Try again";
    return new Failure(
      "input",
      `Cannot download ${url}: ${reason}. ${again}, name a mirror with --url, or fetch it another ` +
        `way and give it with --zip`,
      { cause },
    );
  };
  const stalled = new AbortController();
  const giveUp = () => stalled.abort(fail(`nothing came for ${patience} seconds`));
  let timer = setTimeout(giveUp, 1000 * patience);
  const abort = AbortSignal.any([stalled.signal, ...(signal ? [signal] : [])]);
  let total: number | undefined, answered = false;
  try {
    const { validator } = file.origin ?? {};
    const rest = file.size > 0 && validator !== undefined
      ? { "range": `bytes=${file.size}-`, "if-range": validator }
      : undefined;
    let response = await request(url, rest, abort, fail);
    const range = response.status === 206 && rest ? contentRange(response, file.size) : undefined;
    if (rest && !range && [206, 416].includes(response.status)) {
      // The server does not send that rest: begin at the start.
      await response.body?.cancel();
      response = await request(url, undefined, abort, fail);
    }
    answered = true;
    if (range) total = range.total;
    else if (response.status === 200) {
      await file.restart(originOf(url, response));
      const length = response.headers.get("content-length");
      if (length !== null) total = Number(length);
    } else {
      await response.body?.cancel();
      throw fail(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, 1000 * patience);
      const size = file.size + chunk.length;
      if (Math.max(size, total ?? 0) > MAX_BYTES) throw fail(`it has more than ${MAX_BYTES} bytes`);
      file.append(chunk);
      onProgress?.("downloading", file.size, total);
    }
    if (total !== undefined && file.size !== total) {
      throw fail(`only ${progress(file.size, total)} came`);
    }
    await file.finish(path);
  } catch (error) {
    // fetch throws a TypeError where no connection could be made, or it broke.
    if (!(error instanceof TypeError)) throw error;
    const { message } = (error.cause ?? error) as Error;
    const reason = message.replace(/^error sending request for url \(.*?\): /, "");
    throw fail(
      answered ? `the connection broke after ${progress(file.size, total)}` : reason,
      error,
    );
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

/** Asks for an address, and where that leads on to another, for the other. */
async function request(
  url: string,
  rest: Record<string, string> | undefined,
  signal: AbortSignal,
  fail: (reason: string) => Error,
): Promise<Response> {
  // "identity": a server that packs the archive once more would make the length meaningless.
  const headers = { "accept-encoding": "identity", ...rest };
  let address = url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await fetch(address, { signal, headers, redirect: "manual" });
    const next = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || next === null) return response;
    await response.body?.cancel();
    const target = URL.parse(next, address);
    if (!target || !["http:", "https:"].includes(target.protocol)) {
      throw fail(`the server leads to ${JSON.stringify(next)}, which is neither http nor https`);
    }
    address = target.href;
  }
  throw fail(`the server leads on more than ${MAX_REDIRECTS} times`);
}

/** The size of the whole file, where a response is all that follows its first `size` bytes. */
function contentRange({ headers }: Response, size: number): { total: number } | undefined {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(
    headers.get("content-range") ?? "",
  )?.map(Number) ?? [];
  return first === size && last === total - 1 ? { total } : undefined;
}

/** How to tell this state of the archive from another, where the server says so reliably. */
function originOf(url: string, { headers }: Response): Origin | undefined {
  if (headers.has("content-encoding")) return undefined; // the file's bytes are not those that come
  const tag = headers.get("etag");
  const validator = tag !== null && !tag.startsWith("W/") ? tag : headers.get("last-modified");
  return validator === null ? undefined : { url, validator };
}

/** `3 of 7 bytes`, or `3 bytes` where the server did not say how many there are. */
function progress(done: number, total?: number): string {
  return total === undefined ? `${done} bytes` : `${done} of ${total} bytes`;
}
