import { readImageFolder } from "../../src/data/folder.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { buildPng } from "./build_png.ts";

/** A 2×1 grey picture. */
const picture = (left: number, right: number) =>
  buildPng({ width: 2, height: 1, depth: 8, colour: 0, samples: [left, right] });

/** Writes files into a fresh folder, hands it over, and removes it. */
async function withFolder(
  files: Record<string, Uint8Array>,
  use: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [path, bytes] of Object.entries(files)) {
      await Deno.mkdir(`${dir}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(`${dir}/${path}`, bytes);
    }
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const SOUND = {
  "b/2.png": picture(3, 4),
  "b/10.png": picture(1, 2),
  "constructor/x.jpg": picture(5, 6),
  "B/only.png": picture(7, 8),
};
const size: [number, number] = [1, 2];

Deno.test("readImageFolder sorts classes and files by code unit and ignores hidden files", async () => {
  const hidden = { ".DS_Store": Uint8Array.of(1), "b/Thumbs.db": Uint8Array.of(2) };
  await withFolder({ ...SOUND, ...hidden, "b/._2.png": Uint8Array.of(3) }, async (dir) => {
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

Deno.test("readImageFolder resizes every picture", async () => {
  await withFolder(SOUND, async (dir) => {
    const { pixels } = await readImageFolder(dir, { size: [2, 4] });
    const reds = [...pixels.filter((_, i) => i % 4 === 0)].slice(0, 8);
    assertEquals(reds, [7, 7, 8, 8, 7, 7, 8, 8]);
  });
});

Deno.test("readImageFolder keeps the order over many batches of reads", async () => {
  const files = Array.from({ length: 30 }, (_, i) => [`${i % 2}/${100 + i}.png`, picture(i, i)]);
  await withFolder(Object.fromEntries(files), async (dir) => {
    const { pixels } = await readImageFolder(dir, { size: [1, 1] });
    const even = [...Array(15)].map((_, i) => 2 * i);
    assertEquals([...pixels.filter((_, i) => i % 4 === 0)], [...even, ...even.map((i) => i + 1)]);
  });
});

Deno.test("readImageFolder refuses other classes than those required", async () => {
  await withFolder(SOUND, async (dir) => {
    await readImageFolder(dir, { size, classes: ["B", "b", "constructor"] });
    const { message } = await assertRejects(() =>
      readImageFolder(dir, { size, classes: ["B", "b", "toString"] })
    );
    assertStringIncludes(message, "(missing: toString; extra: constructor)");
  });
});

/** Folders that must be refused, and what the error says after `Cannot …` and the folder. */
const REFUSED: [what: string, files: Record<string, Uint8Array>, says: string][] = [
  ["a single class", { "a/1.png": picture(1, 2) }, "it holds one class folder"],
  ["a file beside the classes", { ...SOUND, "read.me": Uint8Array.of() }, "/read.me: it is no fol"],
  ["a class without pictures", { ...SOUND, "c/.keep": Uint8Array.of() }, "/c: no pictures in it"],
  ["a folder in a class", { ...SOUND, "b/deep/1.png": picture(1, 2) }, "/b/deep: it is no file"],
  [
    "what is no picture",
    { ...SOUND, "b/notes.txt": Uint8Array.of(1) },
    "/b/notes.txt: it is neith",
  ],
  [
    "a damaged picture",
    { ...SOUND, "b/3.png": picture(1, 2).subarray(0, 50) },
    "/b/3.png: a chunk",
  ],
  ["a name with an escape", { ...SOUND, "b/\u001b[2J.png": picture(1, 2) }, "control characters"],
];
for (const [what, files, says] of REFUSED) {
  Deno.test(`readImageFolder refuses ${what}`, async () => {
    await withFolder(files, async (dir) => {
      const { message } = await assertRejects(() => readImageFolder(dir, { size }), Error, dir);
      assertStringIncludes(message, says);
    });
  });
}

Deno.test("readImageFolder refuses links below the folder, but may start at one", async () => {
  await withFolder(SOUND, async (dir) => {
    const link = `${dir}.link`;
    await Deno.symlink(dir, link);
    try {
      assertEquals((await readImageFolder(link, { size })).classes.length, 3);
      await Deno.symlink(`${dir}/b/2.png`, `${dir}/b/4.png`);
      await assertRejects(
        () => readImageFolder(dir, { size }),
        Error,
        "/b/4.png: it is a symbolic",
      );
    } finally {
      await Deno.remove(link);
    }
  });
});

Deno.test("readImageFolder says when the folder is missing or a file", async () => {
  await withFolder(SOUND, async (dir) => {
    const read = (path: string) => () => readImageFolder(`${dir}/${path}`, { size });
    await assertRejects(read("none"), Error, "none: there is no such folder");
    await assertRejects(read("b/2.png"), Error, "2.png: it is no folder");
  });
});
