/**
 * Text and images inside an SVG string.
 *
 * @module
 */
import { encodePng, type Image } from "./png.ts";

/**
 * Makes any text harmless in an SVG: what XML does not allow and the marks that reverse the
 * direction of text become �, and `& < > " '` are escaped.
 */
export function escapeXml(text: string): string {
  return escapeMarks(harmless(text));
}

/** Escapes `& < > " '`. */
export function escapeMarks(text: string): string {
  const names: Record<string, string> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };
  return text.replace(/[&<>"']/g, (sign) => `&${names[sign] ?? "#39"};`);
}

/** Replaces control characters, halves of surrogate pairs and marks of direction by �. */
export function harmless(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Bidi_Control}\ufffe\uffff]/gu, "�");
}

/** Cuts a name from disk to a length in characters, for axes; see {@linkcode harmless}. */
export function shorten(name: string, length: number): string {
  const characters = [...harmless(name)];
  if (characters.length <= length) return characters.join("");
  return `${characters.slice(0, length - 1).join("")}…`;
}

/** How `drawText` draws. */
export interface TextOptions {
  /** Font size in pixels. Default 12. */
  size?: number;
  /** Whether the text is bold. Default false. */
  bold?: boolean;
}

/** A line of text whose baseline starts at (x, y). */
export function drawText(text: string, x: number, y: number, options: TextOptions = {}): string {
  const { size = 12, bold = false } = options;
  const weight = bold ? ' font-weight="bold"' : "";
  return `<text x="${x}" y="${y}" font-size="${size}"${weight}>${escapeXml(text)}</text>`;
}

/** An image as a data URI of a PNG, for `href`. */
export function dataUri(image: Image): string {
  return `data:image/png;base64,${encodePng(image).toBase64()}`;
}
