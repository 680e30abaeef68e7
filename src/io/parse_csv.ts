/**
 * CSV files with a header, as our runs write them (RFC 4180).
 *
 * @module
 */
import { cannotRead } from "./refusal.ts";

/**
 * Parses CSV text into one record a row, by the header's names.
 *
 * A last line without its line end is left out: it is still being written.
 *
 * @param text Fields may be quoted, `"` inside them doubled; lines end in LF or CRLF.
 * @param name What errors call it, usually its path.
 * @throws {Error} naming the line if it has more or fewer fields than the header, or a quote is
 * never closed.
 */
export function parseCsv(text: string, name: string): Record<string, string>[] {
  const [header = [], ...rows] = splitRows(text, name);
  return rows.map((fields, row) => {
    if (fields.length !== header.length) {
      const counts = `${fields.length} fields, its header ${header.length}`;
      throw cannotRead(name, `record ${row + 1} has ${counts}`);
    }
    return Object.fromEntries(fields.map((field, column) => [header[column], field]));
  });
}

/** The fields of every whole line. */
function splitRows(text: string, name: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  // A field, quoted or bare, and what ends it; being sticky, it passes nothing over.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const start = field.lastIndex;
    const found = field.exec(text);
    if (!found) {
      const line = text.slice(0, start).split("\n").length;
      throw cannotRead(name, `a quote in line ${line} is out of place`);
    }
    const [, quoted, bare, end] = found;
    row.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === "") break; // the unfinished line
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
