import { listDataSet } from "../../src/data/contents.ts";
import { assertEquals, assertRejects } from "../helpers/assert.ts";
import { soundSet } from "../helpers/build_set.ts";
import { withFiles } from "../helpers/folders.ts";

const names = async (dir: string) => (await listDataSet(dir)).parts.map(({ part }) => part);
const PHASE2 = ["phase2/train", "phase2/valid", "phase2/test"];

Deno.test("listDataSet finds a whole set, either phase of it, and a phase's own folder", () =>
  withFiles(soundSet(), async (dir) => {
    assertEquals(await names(dir), ["phase1", ...PHASE2]);
    assertEquals(await names(`${dir}/phase1`), ["phase1"]);
    assertEquals(await names(`${dir}/phase2`), PHASE2);
    await Deno.rename(`${dir}/phase2/valid`, `${dir}/valid`); // two parts are a phase 2 too
    assertEquals(await names(`${dir}/phase2`), ["phase2/train", "phase2/test"]);
    await Deno.rename(`${dir}/valid`, `${dir}/phase2/valid`);
    await Deno.remove(`${dir}/phase1`, { recursive: true });
    assertEquals(await names(dir), PHASE2);
    await Deno.rename(`${dir}/phase2/train`, `${dir}/phase1`);
    await Deno.remove(`${dir}/phase2`, { recursive: true });
    assertEquals(await names(dir), ["phase1"]);
    assertEquals(await listDataSet(dir), {
      parts: [{
        part: "phase1",
        folder: `${dir}/phase1`,
        classes: ["cat", "dog"].map((name) => ({ name, files: ["1.png", "2.png"] })),
      }],
      ignored: [],
      problems: [],
    });
  }));

Deno.test("listDataSet takes a class named train for a class", async () => {
  const file = new Uint8Array();
  await withFiles({ "train/1.png": file, "car/1.png": file }, async (dir) => {
    const { parts } = await listDataSet(dir);
    assertEquals(parts.map(({ part }) => part), ["phase1"]);
    assertEquals(parts[0].classes.map(({ name }) => name), ["car", "train"]);
  });
});

Deno.test("listDataSet tells what is ignored and what the reader would refuse", async () => {
  const file = new Uint8Array();
  const files = {
    ...soundSet(),
    "read.me": file,
    "phase1/.DS_Store": file,
    "phase1/cat/Thumbs.db": file,
    "phase1/stray.png": file,
    "phase1/cat/deep/1.png": file,
    "phase2/more/1.png": file,
  };
  await withFiles(files, async (dir) => {
    await Deno.symlink("1.png", `${dir}/phase2/test/dog/link.png`);
    await Deno.remove(`${dir}/phase2/valid`, { recursive: true });
    const { ignored, problems } = await listDataSet(dir);
    assertEquals(ignored.map(({ path }) => path.slice(dir.length)), [
      ...["/phase1/.DS_Store", "/phase1/cat/Thumbs.db", "/phase2/more", "/read.me"],
    ]);
    assertEquals(problems.map((line) => line.slice(dir.length + 1)), [
      "phase1/stray.png: it is no folder. Put it into the folder of its class",
      "phase1/cat/deep: it is no file. Class folders hold pictures only",
      "phase2: there is no folder valid; phase 2 needs one",
      "phase2/test/dog/link.png: it is a symbolic link. Copy what it points to, or follow links (--follow-links)",
    ]);
  });
});

Deno.test("listDataSet refuses what is no folder", () =>
  withFiles({ "a.png": new Uint8Array() }, async (dir) => {
    await assertRejects(() => listDataSet(`${dir}/none`), Error, "none: there is no such folder");
    await assertRejects(() => listDataSet(`${dir}/a.png`), Error, "a.png: it is no folder");
  }));
