import { checkDataSet } from "../../src/data/check.ts";
import { assertEquals, assertMatch } from "../helpers/assert.ts";
import { heavy } from "../../tasks/torture/hostile_jpeg.ts";
import { grey, soundSet } from "../helpers/build_set.ts";
import { withFiles, writeFolder } from "../helpers/folders.ts";

Deno.test("checkDataSet counts classes, pictures and sizes, and finds nothing in a sound set", async () => {
  const files = { ...soundSet(), "phase1/dog/3.png": grey(1, 2, 3), "phase1/dog/4.png": grey(9) };
  await withFiles(files, async (dir) => {
    const seen: number[][] = [];
    const { parts, ...found } = await checkDataSet(dir, {
      size: { height: 1, width: 2 },
      onProgress: (...figures) => seen.push(figures),
    });
    assertEquals(found, { duplicates: [], ignored: [], problems: [] });
    assertEquals(parts.length, 4);
    assertEquals(parts[0], {
      part: "phase1",
      classes: [{ name: "cat", images: 2 }, { name: "dog", images: 4 }],
      readable: 6,
      sizes: { smallest: { width: 1, height: 1 }, largest: { width: 3, height: 1 } },
      resized: 2,
    });
    assertEquals(seen, Array.from({ length: 18 }, (_, i) => [i + 1, 18]));
  });
});

/** Changes to a sound set, and the only problem that they make. */
const PROBLEMS: [what: string, change: (dir: string) => Promise<void>, problem: RegExp][] = [
  [
    "a file that is no picture",
    (dir) => Deno.writeTextFile(`${dir}/phase1/cat/a.png`, "text"),
    /^Cannot decode .*\/phase1\/cat\/a\.png: it is neither PNG nor JPEG/,
  ],
  [
    "a cut picture",
    (dir) => Deno.truncate(`${dir}/phase2/test/cat/1.png`, 50),
    /^Cannot decode .*\/phase2\/test\/cat\/1\.png: it is damaged: a chunk/,
  ],
  [
    "a file larger than any picture",
    (dir) => Deno.truncate(`${dir}/phase2/test/cat/1.png`, 2 ** 29 + 1), // sparse: takes no space
    /^Cannot read .*\/1\.png: its 536870913 bytes are more than/,
  ],
  [
    "a picture in two parts of phase 2",
    (dir) => Deno.copyFile(`${dir}/phase2/train/cat/1.png`, `${dir}/phase2/test/dog/x.png`),
    /^the same picture is in phase2\/train and phase2\/test.*train\/cat\/1\.png, .*test\/dog\/x\.png$/,
  ],
  [
    "a class that train has and valid lacks",
    (dir) =>
      writeFolder(`${dir}/phase2`, { "train/owl/1.png": grey(99), "test/owl/1.png": grey(98) }),
    /valid: lacks classes that train has: owl$/,
  ],
  [
    "a class that train lacks",
    (dir) => writeFolder(`${dir}/phase2`, { "test/owl/1.png": grey(99) }),
    /test: has classes that train lacks: owl$/,
  ],
  [
    "a class without pictures",
    (dir) => Deno.mkdir(`${dir}/phase1/owl`),
    /phase1\/owl: no pictures in it/,
  ],
  [
    "a single class",
    (dir) => Deno.remove(`${dir}/phase1/dog`, { recursive: true }),
    /phase1: one class folder in it\. Give at least 2/,
  ],
  [
    "too few pictures to hold some out",
    async (dir) => {
      for (const name of ["cat", "dog"]) await Deno.remove(`${dir}/phase1/${name}/1.png`);
    },
    /phase1: no class has 2 pictures/,
  ],
];
for (const [what, change, problem] of PROBLEMS) {
  Deno.test(`checkDataSet reports ${what}`, async () => {
    await withFiles(soundSet(), async (dir) => {
      await change(dir);
      const { problems } = await checkDataSet(dir);
      assertEquals(problems.length, 1, problems.join("\n"));
      assertMatch(problems[0], problem);
    });
  });
}

Deno.test("checkDataSet names twenty classes that are missing, and counts the rest", async () => {
  const more = Array.from({ length: 23 }, (_, i) => [`phase2/train/x${10 + i}/1.png`, grey(i, 9)]);
  await withFiles({ ...soundSet(), ...Object.fromEntries(more) }, async (dir) => {
    const { problems } = await checkDataSet(dir);
    assertEquals(problems.length, 2);
    assertMatch(problems[0], /valid: lacks classes that train has: x10, .*, x29 and 3 more$/);
  });
});

Deno.test("checkDataSet lists duplicates that do no harm, and still calls the set usable", () =>
  withFiles(soundSet(), async (dir) => {
    await Deno.copyFile(`${dir}/phase1/cat/1.png`, `${dir}/phase1/cat/copy.png`);
    await Deno.copyFile(`${dir}/phase1/dog/1.png`, `${dir}/phase2/test/dog/copy.png`);
    const { duplicates, problems } = await checkDataSet(dir);
    assertEquals(problems, []);
    assertEquals(duplicates.map((paths) => paths.map((path) => path.slice(dir.length + 1))), [
      ["phase1/cat/1.png", "phase1/cat/copy.png"],
      ["phase1/dog/1.png", "phase2/test/dog/copy.png"],
    ]);
  }));

Deno.test("checkDataSet takes a picture that is too large to be decoded whole, as training does", () =>
  withFiles({ ...soundSet(), "phase1/dog/3.jpg": heavy() }, async (dir) => {
    const { parts, problems } = await checkDataSet(dir, { size: { height: 2, width: 2 } });
    assertEquals(problems, []);
    assertEquals(parts[0].sizes?.largest, { height: 5000, width: 5000 });
  }));

Deno.test("checkDataSet says when a folder holds no class at all", () =>
  withFiles({}, async (dir) => {
    const { parts, problems } = await checkDataSet(dir);
    assertEquals(parts.map(({ classes, readable }) => [classes, readable]), [[[], 0]]);
    assertMatch(problems.join("\n"), /: no class folder in it\. Give at least 2/);
  }));
