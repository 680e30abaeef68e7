/**
 * Text and pictures inside an SVG string.
 *
 * @module
 */

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

/** A line of text, `size` pixels high, whose baseline starts at (x, y). */
export function drawText(
  text: string,
  x: number,
  y: number,
  { size = 12, bold = false }: { size?: number; bold?: boolean } = {},
): string {
  const weight = bold ? ' font-weight="bold"' : "";
  return `<text x="${x}" y="${y}" font-size="${size}"${weight}>${escapeXml(text)}</text>`;
}

/** A file as a data URI, for `href` and `src`. */
export function dataUri({ type, bytes }: { type: string; bytes: Uint8Array }): string {
  return `data:${type};base64,${bytes.toBase64()}`;
}
