import { readImageFolder } from "../../src/data/folder.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../helpers/assert.ts";
import { grey } from "../helpers/build_set.ts";
import { makePipe, withFiles } from "../helpers/folders.ts";

const SOUND = {
  "b/2.png": grey(3, 4),
  "b/10.png": grey(1, 2),
  "constructor/x.jpg": grey(5, 6),
  "B/only.png": grey(7, 8),
};
const size: [number, number] = [1, 2];

Deno.test("readImageFolder sorts classes and files by code unit and ignores hidden files", async () => {
  const hidden = { ".DS_Store": Uint8Array.of(1), "b/Thumbs.db": Uint8Array.of(2) };
  await withFiles({ ...SOUND, ...hidden, "b/._2.png": Uint8Array.of(3) }, async (dir) => {
    const images = await readImageFolder(dir, { size });
    assertEquals(images.classes, ["B", "b", "constructor"]);
    const names = ["B/only.png", "b/10.png", "b/2.png", "constructor/x.jpg"];
    assertEquals(images.names, names.map((name) => `${dir}/${name}`));
    assertEquals([...images.labels], [0, 1, 1, 2]);
    assertEquals([images.height, images.width], [1, 2]);
    const reds = images.pixels.filter((_, i) => i % 4 === 0);
    assertEquals([...reds], [7, 8, 1, 2, 3, 4, 5, 6]);
  });
});

Deno.test("readImageFolder resizes every picture", () =>
  withFiles(SOUND, async (dir) => {
    const { pixels } = await readImageFolder(dir, { size: [2, 4] });
    const reds = [...pixels.filter((_, i) => i % 4 === 0)].slice(0, 8);
    assertEquals(reds, [7, 7, 8, 8, 7, 7, 8, 8]);
  }));

Deno.test("readImageFolder keeps the order over many batches of reads", async () => {
  const files = Array.from({ length: 30 }, (_, i) => [`${i % 2}/${100 + i}.png`, grey(i, i)]);
  await withFiles(Object.fromEntries(files), async (dir) => {
    const { pixels } = await readImageFolder(dir, { size: [1, 1] });
    const even = [...Array(15)].map((_, i) => 2 * i);
    assertEquals([...pixels.filter((_, i) => i % 4 === 0)], [...even, ...even.map((i) => i + 1)]);
  });
});

Deno.test("readImageFolder refuses other classes than those required", () =>
  withFiles(SOUND, async (dir) => {
    await readImageFolder(dir, { size, classes: ["B", "b", "constructor"] });
    const other = () => readImageFolder(dir, { size, classes: ["B", "b", "toString"] });
    await assertRejects(other, Error, "(missing: toString; extra: constructor)");
  }));

/** Folders that must be refused, and what the error says after `Cannot …` and the folder. */
const REFUSED: [what: string, files: Record<string, Uint8Array>, says: string][] = [
  ["a single class", { "a/1.png": grey(1, 2) }, "it holds one class folder"],
  ["a class without pictures", { ...SOUND, "c/.keep": Uint8Array.of() }, "/c: no pictures in it"],
  [
    "what is no picture",
    { ...SOUND, "b/notes.txt": Uint8Array.of(1) },
    "/b/notes.txt: it is neith",
  ],
];
for (const [what, files, says] of REFUSED) {
  Deno.test(`readImageFolder refuses ${what}`, async () => {
    await withFiles(files, async (dir) => {
      const { message } = await assertRejects(() => readImageFolder(dir, { size }), Error, dir);
      assertStringIncludes(message, says);
    });
  });
}

Deno.test("readImageFolder may start at a link", async () => {
  const files = Object.entries(SOUND).map(([path, bytes]) => [`real/${path}`, bytes]);
  await withFiles(Object.fromEntries(files), async (dir) => {
    await Deno.symlink("real", `${dir}/link`);
    assertEquals((await readImageFolder(`${dir}/link`, { size })).classes.length, 3);
  });
});

Deno.test("readImageFolder says when the folder is missing or a file", () =>
  withFiles(SOUND, async (dir) => {
    const read = (path: string) => () => readImageFolder(`${dir}/${path}`, { size });
    await assertRejects(read("none"), Error, "none: there is no such folder");
    await assertRejects(read("b/2.png"), Error, "2.png: it is no folder");
  }));

Deno.test({
  name: "readImageFolder lists every bad file with its reason, or goes on without them",
  ignore: Deno.build.os === "windows",
}, async () => {
  const bad = {
    "B/2.png": grey(1, 2).subarray(0, 50),
    "b/3.gif": new TextEncoder().encode("GIF89a"),
    "b/4.png": new Uint8Array(),
    "b/\u001b[2J.png": grey(1, 2),
    "read.me": Uint8Array.of(1),
  };
  await withFiles({ ...SOUND, ...bad }, async (dir) => {
    await Deno.symlink(`${dir}/b/2.png`, `${dir}/b/link.png`);
    await Deno.mkdir(`${dir}/b/deep`);
    await makePipe(`${dir}/b/pipe.png`);
    await makePipe(`${dir}/pipe`);
    await Deno.writeFile(`${dir}/b/sparse.png`, new Uint8Array());
    await Deno.truncate(`${dir}/b/sparse.png`, 5 * 2 ** 30);
    const { message } = await assertRejects(() => readImageFolder(dir, { size }), Error);
    const [first, ...lines] = message.split("\n");
    const says = "10 bad files. Mend or remove them, or go on without (--skip-bad)";
    assertEquals(first, `Cannot read ${dir}: ${says}`);
    const expected: [path: string, reason: string][] = [
      ["pipe", "it is no folder. Put it into the folder of its class"],
      ["read.me", "it is no folder. Put it into the folder of its class"],
      ["b/\u001b[2J.png", "control characters in its name"],
      ["b/deep", "it is no file. Class folders hold pictures only"],
      [
        "b/link.png",
        "it is a symbolic link. Copy what it points to, or follow links (--follow-links)",
      ],
      ["b/pipe.png", "it is no file. Class folders hold pictures only"],
      ["B/2.png", "it is damaged: a chunk of 11 bytes passes the end of the file"],
      [
        "b/3.gif",
        "it is a GIF, and only PNG and JPEG are read. In its folder, this converts them all: " +
        "mogrify -format png '*.gif[0]' && rm *.gif",
      ],
      ["b/4.png", "the file is empty"],
      ["b/sparse.png", "its 5368709120 bytes are more than the 536870912 allowed"],
    ];
    const shown = (path: string) => path.includes("\u001b") ? JSON.stringify(path) : path;
    assertEquals(lines, expected.map(([path, why]) => `  ${shown(`${dir}/${path}`)}: ${why}`));

    const images = await readImageFolder(dir, { size, skipBad: true });
    assertEquals(
      images.names,
      ["B/only", "b/10", "b/2"].map((name) => `${dir}/${name}.png`)
        .concat(`${dir}/constructor/x.jpg`),
    );
    assertEquals([...images.labels], [0, 1, 1, 2]);
    assertEquals([...images.pixels.filter((_, i) => i % 4 === 0)], [7, 8, 1, 2, 3, 4, 5, 6]);
    assertEquals(
      images.ignored,
      expected.map(([path, reason]) => ({ path: `${dir}/${path}`, reason })),
    );
  });
});

Deno.test("readImageFolder lists twenty bad files and says how many more there are", async () => {
  const bad = Array.from({ length: 23 }, (_, i) => [`b/x${i + 10}.png`, new Uint8Array()]);
  await withFiles({ ...SOUND, ...Object.fromEntries(bad) }, async (dir) => {
    const { message } = await assertRejects(() => readImageFolder(dir, { size }), Error);
    const lines = message.split("\n");
    assertEquals([lines.length, lines[20], lines[21]], [
      ...[22, `  ${dir}/b/x29.png: the file is empty`, "  … and 3 more"],
    ]);
    assertStringIncludes(lines[0], "23 bad files");
  });
});

Deno.test("readImageFolder skips no class: one that is left empty, a link or hidden in a name", async () => {
  const refused = async (files: Record<string, Uint8Array>, link: boolean, says: string) =>
    await withFiles({ ...SOUND, ...files }, async (dir) => {
      if (link) await Deno.symlink(`${dir}/b`, `${dir}/c`);
      const read = () => readImageFolder(dir, { size, skipBad: true });
      const { message } = await assertRejects(read, Error);
      assertEquals(message.replaceAll(dir, "DIR"), says);
    });
  await refused(
    { "a/1.png": new Uint8Array() },
    false,
    "Cannot read DIR/a: no pictures in it that can be read. Add some, or remove the folder",
  );
  await refused(
    { "b/x.png": new Uint8Array() },
    true,
    "Cannot read DIR: 1 bad file. Mend or remove it\n" +
      "  DIR/c: it is a symbolic link. Copy what it points to, or follow links (--follow-links)",
  );
  await refused(
    { "a\n/1.png": grey(1, 2) },
    false,
    'Cannot read DIR: 1 bad file. Mend or remove it\n  "DIR/a\\n": control characters in its name',
  );
});

/** Whether files can be forbidden: not to the administrator, nor on every disk. */
function canForbid(): boolean {
  const path = Deno.makeTempFileSync();
  try {
    Deno.chmodSync(path, 0);
    Deno.readFileSync(path);
    return false;
  } catch {
    return true;
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test({
  name: "readImageFolder names what it may not read",
  ignore: Deno.build.os === "windows" || !canForbid(),
}, () =>
  withFiles(SOUND, async (dir) => {
    await Deno.chmod(`${dir}/b/2.png`, 0);
    const denied = `  ${dir}/b/2.png: Permission denied`;
    await assertRejects(() => readImageFolder(dir, { size }), Error, denied);
    await Deno.chmod(`${dir}/b`, 0);
    const read = () => readImageFolder(dir, { size, skipBad: true });
    await assertRejects(read, Error, `Cannot read ${dir}/b: Permission denied`);
    await Deno.chmod(`${dir}/b`, 0o700);
  }));

Deno.test("readImageFolder refuses more bytes than one buffer takes, before it makes it", () =>
  withFiles(SOUND, async (dir) => {
    const read = () => readImageFolder(dir, { size: [20_000, 20_000] });
    await assertRejects(read, Error, "20000×20000 pixels need");
  }));
