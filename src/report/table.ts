/**
 * Plain-text tables for the terminal: no colours, no lines but the one below the header.
 *
 * @module
 */

/**
 * Lays out a table in columns two spaces apart; a column of numbers is aligned to the right.
 *
 * Numbers are what they look like: `12`, `-0.5`, `1e-7`, `86.0 %`, `0.42 ± 0.03`. Empty cells and
 * dashes count as missing numbers.
 *
 * @param header One title per column.
 * @param rows Cells as text, as many in each row as in the header. Control characters, which could
 * steer the terminal (they may come from file names), are shown as �.
 * @returns Lines joined by newlines, without trailing spaces or a final newline.
 * @throws {TypeError} if a row is shorter or longer than the header.
 *
 * @example
 * ```ts
 * import { formatTable } from "./table.ts";
 *
 * formatTable(["penalty", "accuracy"], [["L2", "0.55"], ["SK-reg", "0.605"]]);
 * // penalty  accuracy
 * // -------  --------
 * // L2           0.55
 * // SK-reg      0.605
 * ```
 */
export function formatTable(header: string[], rows: string[][]): string {
  const strange = rows.find((row) => row.length !== header.length);
  if (strange) {
    throw new TypeError(
      `Cannot format a table of ${header.length} columns: a row has ${strange.length} cells`,
    );
  }
  const cells = [header, ...rows].map((row) => row.map(harmless));
  const columns = header.map((_, column) => {
    const [, ...values] = cells.map((row) => row[column]);
    const isNumeric = values.some(isNumber) && values.every((v) => isNumber(v) || isMissing(v));
    return { isNumeric, width: Math.max(...cells.map((row) => length(row[column]))) };
  });
  const rule = columns.map(({ width }) => "-".repeat(width));
  const [titles, ...body] = cells;
  return [titles, rule, ...body].map((row) =>
    row.map((cell, column) => {
      const { isNumeric, width } = columns[column];
      const space = " ".repeat(width - length(cell));
      return isNumeric ? space + cell : cell + space;
    }).join("  ").trimEnd()
  ).join("\n");
}

function isNumber(cell: string): boolean {
  const number = /^[-+−]?(\d[\d,]*(\.\d*)?|\.\d+)(e[-+]?\d+)?( ?%)?$|^NaN$|^[-+−]?(Infinity|∞)$/i;
  return cell.split(/ ?± ?/).every((part) => number.test(part));
}

function isMissing(cell: string): boolean {
  return /^[-–—]?$/.test(cell);
}

/** Replaces control characters and the marks that reverse the direction of text. */
function harmless(cell: string): string {
  return cell.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "�");
}

/** Characters, not UTF-16 units; those of double width are counted once. */
function length(cell: string): number {
  return [...cell.normalize()].length;
}
