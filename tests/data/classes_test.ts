import { listClassFolders } from "../../src/data/classes.ts";
import { checkDataSet } from "../../src/data/check.ts";
import { listClasses, readImageFolder } from "../../src/data/folder.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { succeeds } from "../helpers/command.ts";
import { grey } from "../helpers/build_set.ts";
import { withFiles, writeFolder } from "../helpers/folders.ts";

const size: [number, number] = [1, 1];
const NONE = new Uint8Array();
/** "Hütte" with its accent composed, and taken apart as macOS does; Hangul too has both forms. */
const [HUT, HUT_APART] = ["NFC", "NFD"].map((form) => "Hütte".normalize(form));
const [WORD, WORD_APART] = ["NFC", "NFD"].map((form) => "한글".normalize(form));

/** What an error says, the folder's name left out. */
async function refusal(dir: string, work: () => Promise<unknown>): Promise<string> {
  const { message } = await assertRejects(work, Error);
  return message.replaceAll(dir, "DIR");
}

Deno.test({
  name: "readImageFolder passes over files and folders that systems leave, in all that it reads",
  ignore: Deno.build.os === "windows",
}, () =>
  withFiles({
    ...{ "a/1.png": grey(1), "b/1.png": grey(2), "a/Icon\r": NONE, "b/Picasa.ini": NONE },
    ...{ "a/@eaDir/1.png/SYNOPHOTO_THUMB_S.jpg": NONE, "b/~$1.png": NONE, "ehthumbs.db": NONE },
    ...{ "__MACOSX/a/._1.png": NONE, "lost+found/#1": NONE, "$RECYCLE.BIN/S-1-5/1.png": grey(3) },
    ...{ "System Volume Information/x": NONE, ".Trash-1000/files/1.png": grey(4) },
  }, async (dir) => {
    const { classes, names, ignored } = await readImageFolder(dir, { size });
    assertEquals([classes, names], [["a", "b"], [`${dir}/a/1.png`, `${dir}/b/1.png`]]);
    assertEquals(ignored.length, 10);
    const { parts, ignored: passed } = await checkDataSet(dir);
    assertEquals(parts[0].classes, ["a", "b"].map((name) => ({ name, images: 1 })));
    assertEquals(passed, ignored);
    assertEquals(await listClasses(dir), ["a", "b"]);
  }));

Deno.test("readImageFolder takes a name with its accents composed or apart for one class", () =>
  withFiles({
    ...{ [`train/${HUT}/1.png`]: grey(1), "train/Hz/1.png": grey(2) },
    ...{ [`valid/${HUT_APART}/1.png`]: grey(3), "valid/Hz/1.png": grey(4) },
    ...{ [`train/${WORD_APART}/1.png`]: grey(5), [`valid/${WORD}/1.png`]: grey(6) },
    ...{ [`test/${HUT_APART}/1.png`]: grey(7), "test/Hz/1.png": grey(8) },
    [`test/${WORD_APART}/1.png`]: grey(9),
  }, async (dir) => {
    const classes = ["Hz", HUT, WORD]; // by code unit, composed: apart, "Hu…" would come first
    const train = await readImageFolder(`${dir}/train`, { size });
    assertEquals(train.classes, classes);
    const valid = await readImageFolder(`${dir}/valid`, { size, classes: train.classes });
    assertEquals(valid.classes, classes);
    assertEquals([...valid.pixels.filter((_, i) => i % 4 === 0)], [4, 3, 6]);
    assertEquals(valid.names[1], `${dir}/valid/${HUT_APART}/1.png`);
    const apart = [HUT_APART, "Hz", WORD_APART].toSorted();
    assertEquals(
      (await readImageFolder(`${dir}/valid`, { size, classes: apart })).classes,
      classes,
    );
    const { parts, problems } = await checkDataSet(dir);
    assertEquals(problems, []);
    assertEquals(parts.map(({ readable }) => readable), [3, 3, 3]);
    assertEquals(await listClasses(`${dir}/test`), classes);
  }));

Deno.test({
  name: "listClassFolders refuses two folders of one name, its accents composed and apart",
  ignore: Deno.build.os === "darwin", // there they are one folder
}, () =>
  withFiles({
    ...{ [`${HUT}/1.png`]: grey(1), [`${HUT_APART}/2.png`]: grey(2), "a/1.png": grey(3) },
  }, async (dir) => {
    const says =
      '"Hu\\u{308}tte" and "H\\u{fc}tte" are one name, its accents written in two ways. ' +
      "Move the pictures of both into one folder";
    const { classes, bad } = await listClassFolders(dir);
    assertEquals(classes.map(({ name }) => name), [HUT, "a"]);
    assertEquals(bad, [{ path: `${dir}/${HUT}`, reason: says, isClass: true }]);
    for (const skipBad of [false, true]) {
      const message = await refusal(dir, () => readImageFolder(dir, { size, skipBad }));
      assertEquals(
        message,
        `Cannot read DIR: 1 bad file. Mend or remove it\n  DIR/${HUT}: ${says}`,
      );
    }
    const { problems } = await checkDataSet(dir);
    assert(problems.includes(`${dir}/${HUT}: ${says}`), problems.join("\n"));
  }));

Deno.test("listClassFolders sorts files alike however their accents are written", () =>
  withFiles({
    ...{ [`a/${HUT}.png`]: grey(1), "a/Hz.png": grey(2) },
    ...{ [`b/${HUT_APART}.png`]: grey(3), "b/Hz.png": grey(4) },
  }, async (dir) => {
    const { classes } = await listClassFolders(dir);
    assertEquals(classes.map(({ files }) => files), [
      ["Hz.png", `${HUT}.png`],
      ["Hz.png", `${HUT_APART}.png`],
    ]);
  }));

/** Classes as Tiny ImageNet has them: pictures in a folder, and a text beside it. */
const nested = (...classes: string[]) =>
  Object.fromEntries(classes.flatMap((name) => [
    [`${name}/images/${name}_0.png`, grey(1)],
    [`${name}/${name}_boxes.txt`, NONE],
  ]));

Deno.test("readImageFolder tells in one line that pictures lie a folder too deep in all classes", () =>
  withFiles(nested("n01", "n02", "n03", "n04"), async (dir) => {
    const says = "4 folders (n01/images, n02/images, n03/images, …) and 4 texts " +
      "(n01/n01_boxes.txt, n02/n02_boxes.txt, n03/n03_boxes.txt, …) lie in 4 class folders, which " +
      "hold pictures only. Move their pictures up, right into the class folder, and the texts elsewhere";
    for (const skipBad of [false, true]) { // skipping would leave nothing
      const message = await refusal(dir, () => readImageFolder(dir, { size, skipBad }));
      assertEquals(message, `Cannot read DIR: ${says}`);
    }
    const { parts, problems } = await checkDataSet(dir);
    assertEquals(problems, [`${dir}: ${says}`]);
    assertEquals(parts[0].classes.map(({ images }) => images), [0, 0, 0, 0]);
  }));

Deno.test("readImageFolder tells whoever names Tiny ImageNet's folders how to make a data set", () => {
  const train = nested("n01443537", "n02012849");
  const whole = Object.entries(train).map(([path, bytes]) => [`train/${path}`, bytes]);
  const all = { ...Object.fromEntries(whole), "val/images/val_0.png": grey(2) };
  return withFiles(all, async (dir) => {
    const says = "; or choose a set out of Tiny ImageNet: deno task data --tiny-imagenet=PATH";
    for (const folder of [`${dir}/train`, dir]) {
      const message = await refusal(dir, () => readImageFolder(folder, { size }));
      assert(message.endsWith(says) && !message.includes("\n"), message);
    }
  });
});

Deno.test("readImageFolder tells in one line of texts beside pictures, or goes on without them", () =>
  withFiles({
    ...{ "a/1.png": grey(1), "a/1.txt": NONE, "b/1.png": grey(2), "b/notes.CSV": NONE },
  }, async (dir) => {
    const says =
      "2 texts (a/1.txt, b/notes.CSV) lie in 2 class folders, which hold pictures only. " +
      "Move the texts elsewhere";
    assertEquals(
      await refusal(dir, () => readImageFolder(dir, { size })),
      `Cannot read DIR: ${says}, or go on without (--skip-bad)`,
    );
    const { names, ignored } = await readImageFolder(dir, { size, skipBad: true });
    assertEquals([names.length, ignored], [2, [{ path: dir, reason: says }]]);
    const { parts, problems } = await checkDataSet(dir);
    assertEquals(problems, [
      `${dir}: ${says}`,
      `${dir}: no class has 2 pictures, one of which ` +
      "would be for validation",
    ]);
    assertEquals(parts[0].classes.map(({ images }) => images), [1, 1]);
  }));

Deno.test("checkDataSet still tells of a class that is simply empty where others are misused", () =>
  withFiles({ ...nested("a", "b"), "c/.keep": NONE }, async (dir) => {
    const { problems } = await checkDataSet(dir);
    assertEquals(problems.map((line) => line.slice(dir.length, dir.length + 10)), [
      ...[": 2 folder", "/c: no pic"],
    ]);
  }));

Deno.test({
  name: "readImageFolder says how to rename what is not named in UTF-8, class or picture",
  ignore: Deno.build.os !== "linux",
}, () =>
  withFiles({ "a/1.png": grey(1), "b/1.png": grey(2) }, async (dir) => {
    const script =
      `cd "$0"; mkdir $'f\\374chse'; cp a/1.png $'f\\374chse/'; cp a/1.png $'b/\\374.png'`;
    assert(await succeeds("bash", "-c", script, dir));
    const picture = `DIR/b/\ufffd.png: its name is not UTF-8; rename it, for example with: ` +
      "mv -i DIR/b/[^[:print:]]*.png DIR/b/_.png";
    const folder = "DIR/f\ufffdchse: its name is not UTF-8; rename it, for example with: " +
      "mv -i DIR/f[^[:print:]]*chse DIR/f_chse";
    assertEquals(
      await refusal(dir, () => readImageFolder(dir, { size })),
      `Cannot read DIR: 2 bad files. Mend or remove them\n  ${folder}\n  ${picture}`,
    );
    const { problems } = await checkDataSet(dir);
    const told = problems.map((line) => line.replaceAll(dir, "DIR"));
    assert(told.includes(folder) && told.includes(picture), told.join("\n"));
    // A name that does hold the sign for what cannot be shown is a name like any other.
    await Deno.remove(dir, { recursive: true });
    await writeFolder(dir, { "\ufffd/\ufffd.png": grey(1), "b/\ufffd.png": grey(1) });
    assertEquals((await readImageFolder(dir, { size })).classes, ["b", "\ufffd"]);
  }));

Deno.test(
  {
    name: "readImageFolder follows links to classes and pictures where it is asked to",
    ignore: Deno.build.os === "windows",
  },
  () =>
    withFiles(
      { "real/a/1.png": grey(1), "real/b/2.png": grey(2), "set/b/1.png": grey(3) },
      async (top) => {
        const dir = `${top}/set`;
        await Deno.symlink("../real/a", `${dir}/a`);
        await Deno.symlink(`${top}/real/b/2.png`, `${dir}/b/2.png`);
        const option =
          "it is a symbolic link. Copy what it points to, or follow links (--follow-links)";
        const message = await refusal(dir, () => readImageFolder(dir, { size }));
        assertEquals(message, `Cannot read DIR: 1 bad file. Mend or remove it\n  DIR/a: ${option}`);
        const { classes, names } = await readImageFolder(dir, { size, followLinks: true });
        assertEquals(classes, ["a", "b"]);
        assertEquals(names, ["a/1.png", "b/1.png", "b/2.png"].map((name) => `${dir}/${name}`));
        assertEquals(await listClasses(dir, { followLinks: true }), ["a", "b"]);
        const { parts, problems } = await checkDataSet(dir, { followLinks: true });
        assertEquals([parts[0].readable, problems], [3, []]);

        await Deno.symlink("/nonexistent/disk", `${dir}/c`);
        await Deno.symlink("gone.png", `${dir}/b/3.png`);
        await Deno.symlink("4.png", `${dir}/b/4.png`);
        await Deno.symlink("..", `${dir}/b/up`);
        assertEquals(
          await refusal(dir, () => readImageFolder(dir, { size, followLinks: true })),
          [
            "Cannot read DIR: 4 bad files. Mend or remove them",
            "  DIR/c: DIR/c points to /nonexistent/disk, which is not there",
            "  DIR/b/3.png: DIR/b/3.png points to gone.png, which is not there",
            "  DIR/b/4.png: DIR/b/4.png is a link that leads back to itself",
            "  DIR/b/up: it is no file. Class folders hold pictures only",
          ].join("\n"),
        );
      },
    ),
);

Deno.test("checkDataSet gives one line to many links, and each a line where they are few", () =>
  withFiles({ "a/1.png": grey(1), "a/2.png": grey(2), "b/1.png": grey(3) }, async (dir) => {
    const link = async (from: number, to: number) => {
      for (let i = from; i < to; i++) await Deno.symlink("1.png", `${dir}/b/x${10 + i}.png`);
    };
    await link(0, 20);
    assertEquals((await checkDataSet(dir)).problems.length, 20);
    await link(20, 25);
    const { problems } = await checkDataSet(dir);
    assertEquals(problems, [
      `${dir}/b/x10.png and 24 more in ${dir}: it is a symbolic link. Copy what it points to, or ` +
      "follow links (--follow-links)",
    ]);
  }));
