import { formatTime } from "../../tasks/tables.ts";
import { assertEquals } from "../assert.ts";

const time = { uploading: 0, compiling: 0.5, training: 8, validation: 1, testing: 0, saving: 0.05 };

Deno.test("formatTime shows what took time, and other only from 1 % on", () => {
  assertEquals(
    formatTime(0.2, { reading: 0.21, ...time, other: 0.02 }, 10),
    `
time        seconds    share
----------  -------  -------
starting       0.20    2.0 %
reading        0.21    2.1 %
compiling      0.50    5.0 %
training       8.00   80.0 %
validation     1.00   10.0 %
saving         0.05    0.5 %
total         10.00  100.0 %`.slice(1),
  );
  const lines = formatTime(0.2, { reading: 0, ...time, other: 0.02 }, 10).split("\n");
  assertEquals(lines.at(-2), "other          0.25    2.5 %");
});
