import { openPercentage, type Percentage } from "../../tasks/percentage.ts";
import { assertEquals } from "../helpers/assert.ts";

/** What is written to a terminal and what is printed elsewhere. */
function screen(isTerminal: boolean, show: (progress: Percentage) => void) {
  let written = "";
  const printed: string[] = [];
  const progress = openPercentage("bytes", {
    isTerminal,
    write: (text) => written += text,
    print: (line) => printed.push(line),
  });
  show(progress);
  progress[Symbol.dispose]();
  progress[Symbol.dispose](); // twice is once
  return { written, printed };
}

Deno.test("openPercentage rewrites one line of a terminal, and ends it", () => {
  const { written, printed } = screen(true, (progress) => {
    progress.show("downloading", 1_000_000, 8_000_000);
    progress.show("downloading", 1_000_001, 8_000_000); // no change to see
    progress.show("downloading", 8_000_000, 8_000_000);
    progress.show("unpacking", 2_000);
    progress.show("unpacking", 900);
  });
  assertEquals(printed, []);
  assertEquals(
    written,
    "\rdownloading 12 % of 8.0 MB\rdownloading 100 % of 8.0 MB\n" +
      "\runpacking 2.0 kB\runpacking 0.9 kB\n",
  );
});

Deno.test("openPercentage covers what was longer before", () => {
  const { written } = screen(true, (progress) => {
    progress.show("x", 10_000);
    progress.show("x", 9_000);
  });
  assertEquals(written, "\rx 10.0 kB\rx 9.0 kB \n");
});

Deno.test("openPercentage prints a line a quarter where there is no terminal", () => {
  const { written, printed } = screen(false, (progress) => {
    for (let done = 1; done <= 1000; done++) progress.show("unpacking", done, 1000);
    progress.show("other", 7);
  });
  assertEquals(written, "");
  assertEquals(printed, [0, 25, 50, 75, 100].map((share) => `unpacking ${share} % of 1.0 kB`));
});
