import { describeCheck, describeContents, describeNext } from "../../tasks/data_lines.ts";
import { assert, assertEquals } from "../helpers/assert.ts";

const part = "phase1" as const;
const size = (width: number, height: number) => ({ width, height });

Deno.test("describeContents wraps the classes of a part within 80 columns", () => {
  const classes = Array.from({ length: 30 }, (_, i) => ({ name: `class${i}`, files: ["a", "b"] }));
  const text = describeContents({
    parts: [{ part, folder: "x", classes }, { part, folder: "x", classes: [] }],
    ignored: [],
    problems: [],
  });
  const lines = text.split("\n");
  assert(lines.every((line) => line.length <= 80 && line.trimEnd() === line), text);
  assertEquals(lines[0].slice(0, 50), "phase1        30 classes, 60 images: class0 2, cla");
  assertEquals(lines[1].slice(0, 22), " ".repeat(14) + "class4 2");
  assertEquals(lines.at(-1), "phase1        0 classes, 0 images");
  assertEquals(text.match(/class\d+ 2/g)?.length, 30);
});

Deno.test("describeCheck puts problems last, and all of them", () => {
  const problems = Array.from({ length: 30 }, (_, i) => `problem ${i}`);
  const text = describeCheck({
    parts: [{
      part,
      classes: [{ name: "cat", images: 1 }],
      readable: 1,
      sizes: { smallest: size(3, 2), largest: size(3, 2) },
      resized: 1,
    }],
    duplicates: Array.from({ length: 22 }, (_, i) => [`a${i}`, `b${i}`]),
    ignored: [{ path: "x/.y", reason: "hidden" }],
    problems,
  });
  const lines = text.split("\n");
  assertEquals(lines.slice(0, 5), [
    "phase1        1 class, 1 image: cat 1",
    "              all 3×2; 1 of 1 will be resized to 200×200",
    "duplicates    22 groups of files with the same bytes",
    "  a0 = b0",
    "  a1 = b1",
  ]);
  assertEquals(
    lines.slice(22, 27),
    [
      "  a19 = b19",
      "  … and 2 more",
      "ignored       1 entry",
      "  x/.y: hidden",
      "problems      30",
    ],
  );
  assertEquals(lines.slice(-30), problems.map((line) => `  ${line}`));
});

Deno.test("describeCheck says that there are no problems, and how sizes range", () => {
  const sizes = { smallest: size(3, 2), largest: size(300, 20) };
  const checked = { part, classes: [], readable: 5, sizes, resized: 0 };
  const text = describeCheck({ parts: [checked], duplicates: [], ignored: [], problems: [] });
  assertEquals(text.split("\n").slice(1), [
    "              3×2 … 300×20 pixels",
    "problems      none",
  ]);
});

Deno.test("describeNext names the task that the data is for, as a shell can read it", () => {
  const next = (dir: string, part: string) => describeNext(dir, [{ part }]).slice(14);
  assertEquals(next("data/silhouettes", "phase1"), "deno task phase1:loop");
  assertEquals(next("my 'own'", "phase1"), `deno task phase1:loop --data-dir='my '\\''own'\\'''`);
  assertEquals(next("x", "phase2/train"), "deno task phase2 --mode=sk --alpha=2.57 --data-dir=x");
});
