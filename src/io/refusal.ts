/**
 * What a disk's refusals mean, in words that say what to do: folders that Deno closes, links that lead
 * nowhere, names that are not UTF-8, file systems without locks.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import { Failure } from "../failure.ts";

/**
 * Why a path cannot be used.
 *
 * @param cause What Deno threw.
 * @param isRead Whether it was to be read; else to be written.
 */
export function reasonOf(path: string, cause: unknown, isRead: boolean): string {
  const { message } = cause as Error;
  if (cause instanceof Deno.errors.NotCapable) {
    // Only all permissions at once open /dev, /proc and /sys, or a link that leads there.
    const [, closed] = /^Requires all access to "(.+)", /s.exec(message) ?? [];
    if (closed === undefined) return message;
    const what = isRead ? "copy the data elsewhere" : "choose a folder elsewhere";
    return `Deno does not let programs use ${/^\/[^/]+/.exec(closed)?.[0] ?? closed}; ${what}`;
  }
  const { NotFound, AlreadyExists, FilesystemLoop } = Deno.errors;
  if ([NotFound, AlreadyExists, FilesystemLoop].some((kind) => cause instanceof kind)) {
    const fault = brokenLink(path) ?? (cause instanceof NotFound ? nameFault(path) : undefined);
    if (fault) return fault;
  }
  return cause instanceof NotFound ? `it does not exist${placeOf(path)}` : message;
}

/** Where a relative path was looked for, as the end of a message; "" for an absolute one. */
export function placeOf(path: string): string {
  return isAbsolute(path) ? "" : ` in ${Deno.cwd()}`;
}

/** Which link on the way to a path leads nowhere, in words; undefined where none does. */
export function brokenLink(path: string): string | undefined {
  for (const { index } of path.matchAll(/(?<=[^/])(?=\/|$)/g)) {
    const above = path.slice(0, index);
    try {
      if (!Deno.lstatSync(above).isSymlink) continue;
    } catch {
      return undefined;
    }
    try {
      Deno.statSync(above);
    } catch (error) {
      const { FilesystemLoop, NotFound } = Deno.errors;
      if (error instanceof FilesystemLoop) return `${above} is a link that leads back to itself`;
      if (!(error instanceof NotFound)) return undefined;
      return `${above} points to ${Deno.readLinkSync(above)}, which is not there`;
    }
  }
}

/**
 * Why a file is missing whose name Deno shows with signs in place of bytes, in words: Deno opens only
 * what is named in UTF-8. A shell opens it by a pattern: a byte that is no sign, and what follows.
 *
 * @returns Undefined for a name without such signs.
 */
export function nameFault(path: string): string | undefined {
  const [named] = /^[^\ufffd]*\ufffd[^/]*/.exec(path) ?? [];
  if (named === undefined) return undefined;
  const word = named.replaceAll(/[^\w./\ufffd-]/gu, "\\$&");
  const [old, better] = ["[^[:print:]]*", "_"].map((sign) => word.replaceAll(/\ufffd+/g, sign));
  return `its name is not UTF-8; rename it, for example with: mv -i ${old} ${better}`;
}

/** The failure of what cannot be read; `state` says why, and what to do. */
export function cannotRead(path: string, state: string, options?: ErrorOptions): Failure {
  return new Failure("input", `Cannot read ${path}: ${state}`, options);
}

/** Throws the failure of a file that cannot be locked, as on some network file systems; for a `catch`. */
export function failToLock(path: string): (cause: unknown) => never {
  return (cause) => {
    const text =
      `Cannot lock ${path}: ${(cause as Error).message}; its file system has no locks, ` +
      `which keep two processes apart. Write to a folder on a local disk, and copy it from there`;
    throw new Failure("disk", text, { cause });
  };
}
