import { parseCsv } from "../../src/io/parse_csv.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

Deno.test("parseCsv reads records by the header's names, quoted or not", () => {
  assertEquals(parseCsv('name,says\n"bat, ""the""\nsecond",2\r\n,\n', "x.csv"), [
    { name: 'bat, "the"\nsecond', says: "2" },
    { name: "", says: "" },
  ]);
});

Deno.test("parseCsv leaves out a last line that is still being written", () => {
  for (const rest of ["", "3", "3,", "3,4", '3,"4"']) {
    assertEquals(parseCsv(`a,b\n1,2\n${rest}`, "x.csv"), [{ a: "1", b: "2" }], rest);
  }
  assertEquals(parseCsv("", "x.csv"), []);
  assertEquals(parseCsv("a,b", "x.csv"), []);
});

Deno.test("parseCsv names the file and the place of what is no CSV", () => {
  assertThrows(() => parseCsv("a,b\n1,2\n1,2,3\n", "x.csv"), Error, "x.csv: record 2 has 3 fields");
  assertThrows(() => parseCsv('a,b\n1,2"\n', "x.csv"), Error, "x.csv: a quote in line 2");
  assertThrows(() => parseCsv('a,b\n"1"2,3\n', "x.csv"), Error, "x.csv: a quote in line 2");
});
