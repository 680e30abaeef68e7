/** What is used of node:path, for slashes alone. @module */
import { plainPath } from "../memory_disk.ts";

/** The folder of a path. */
export function dirname(path: string): string {
  const folder = path.replace(/\/+$/, "").replace(/\/*[^/]*$/, "");
  return folder || (path.startsWith("/") ? "/" : ".");
}

/** The last part of a path. */
export const basename = (path: string): string => path.replace(/\/+$/, "").replace(/^.*\//, "");

/** Whether a path begins at the root. */
export const isAbsolute = (path: string): boolean => path.startsWith("/");

/** A path without dots and doubled slashes. */
export function normalize(path: string): string {
  const plain = plainPath(path), end = plain && path.endsWith("/") ? "/" : "";
  return isAbsolute(path) ? `/${plain}${end}` : plain + end || ".";
}

/** Paths behind each other. */
export const join = (...parts: string[]): string => normalize(parts.filter(Boolean).join("/"));
