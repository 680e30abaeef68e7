import { assertEquals, assertThrows } from "../helpers/assert.ts";
import { formatTable } from "../../src/report/table.ts";

Deno.test("formatTable aligns words to the left and numbers to the right", () => {
  const rows = [["L2", "4.29", "0.55 ± 0.01"], ["SK-reg", "2.57", "0.605 ± 0.012"]];
  assertEquals(
    formatTable(["penalty", "α", "accuracy"], rows),
    `
penalty     α       accuracy
-------  ----  -------------
L2       4.29    0.55 ± 0.01
SK-reg   2.57  0.605 ± 0.012`.slice(1),
  );
});

Deno.test("formatTable knows a number by its look", () => {
  const isRight = (...cells: string[]) => {
    const lines = formatTable(["wide title"], cells.map((cell) => [cell])).split("\n").slice(2);
    return lines.every((line) => line.length === 10 || line === "");
  };
  const numbers = ["0", "-1.5", "−1.5", "+.5", "3.", "1e-7", "1,000", "86 %", "86%", "NaN", "-∞"];
  for (const cell of [...numbers, "1 ± 2", "1±2"]) assertEquals(isRight(cell), true, cell);
  for (const cell of ["conv1", "3x3", "1.2.3", "-", "e5", "1 ± x"]) {
    assertEquals(isRight(cell), false, cell);
  }
  assertEquals(isRight("1", "", "–"), true);
  assertEquals(isRight("1", "a"), false);
});

Deno.test("formatTable has no trailing spaces, also with empty cells and no rows", () => {
  assertEquals(formatTable(["a", "bcd"], [["x", ""]]), "a  bcd\n-  ---\nx");
  assertEquals(formatTable(["a", "bcd"], []), "a  bcd\n-  ---");
});

Deno.test("formatTable counts characters, composed or not", () => {
  assertEquals(formatTable(["é", "x"], [["e\u0301𝛼", "y"]]).split("\n")[1], "--  -");
});

Deno.test("formatTable lets no control character through", () => {
  const table = formatTable(["class"], [["\x1b[31mred\n\u202egnp"]]);
  assertEquals(table.split("\n").at(-1), "�[31mred��gnp");
});

Deno.test("formatTable refuses a row of another length", () => {
  const format = () => formatTable(["a", "b"], [["1", "2"], ["3"]]);
  assertThrows(format, TypeError, "Cannot format a table of 2 columns: a row has 1 cells");
});
