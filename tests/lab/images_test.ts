import { Disk } from "../../src/lab/memory_disk.ts";
import { listImages, takeImages } from "../../src/lab/images.ts";
import { packFolder } from "../../src/lab/take_home.ts";
import { unpackGiven } from "../../src/lab/unpack_given.ts";
import { Failure } from "../../src/failure.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { test } from "../helpers/folders.ts";

const file = (text: string) => new Blob([text]);
const given = (paths: string[]) => paths.map((path) => ({ path, file: file(path) }));
const pictures = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `mine/${name}/${i}.png`);

/** What takeImages makes of files, by path. */
async function taken(paths: string[], as: "phase1" | "phase2", disk = new Disk()) {
  await takeImages(disk, "set", { given: given(paths), as, seed: 1 });
  return disk.walk();
}

Deno.test("takeImages makes class folders those of phase 1", async () => {
  const paths = [...pictures("cat", 2), ...pictures("dog", 1), "mine/notes.txt", "alone.png"];
  assertEquals(await taken(paths, "phase1"), [
    ...["set/phase1/cat/0.png", "set/phase1/cat/1.png", "set/phase1/dog/0.png"],
  ]);
});

Deno.test("takeImages finds classes where folders part, and keeps pictures of one name apart", async () => {
  const deep = ["set/all/cat/images/1.png", "set/all/cat/more/1.png", "set/all/dog/images/1.png"];
  const left = ["set/all/beside.png", "__MACOSX/all/cat/._1.png"];
  assertEquals(await taken([...deep, ...left], "phase1"), [
    ...["set/phase1/cat/images-1.png", "set/phase1/cat/more-1.png"],
    "set/phase1/dog/images-1.png",
  ]);
  assertEquals(await taken(["only/cat/1.png"], "phase1"), ["set/phase1/cat/1.png"]);
});

Deno.test("takeImages divides new classes, each picture once, equally at each time", async () => {
  const paths = [...pictures("cat", 20), ...pictures("dog", 4)];
  const found = await taken(paths, "phase2");
  const count = (part: string, name: string) =>
    found.filter((path) => path.startsWith(`set/phase2/${part}/${name}/`)).length;
  assertEquals(["train", "valid", "test"].map((part) => count(part, "cat")), [5, 5, 10]);
  assertEquals(["train", "valid", "test"].map((part) => count(part, "dog")), [1, 1, 2]);
  assertEquals(new Set(found.map((path) => path.replace(/\/(train|valid|test)\//, "/"))).size, 24);
  assertEquals(await taken(paths.toReversed(), "phase2"), found);
});

Deno.test("takeImages takes the tasks' layout as it is, and leaves the other phase alone", async () => {
  const disk = new Disk();
  await taken(["data/phase1/a/1.png", "data/phase1/b/1.png"], "phase1", disk);
  const found = await taken(["x/phase2/train/c/1.jpg", "x/phase2/test/c/2.jpg"], "phase1", disk);
  assertEquals(found, [
    ...["set/phase1/a/1.png", "set/phase1/b/1.png"],
    ...["set/phase2/test/c/2.jpg", "set/phase2/train/c/1.jpg"],
  ]);
});

Deno.test("takeImages refuses what holds no class, and classes that are too small, by name", async () => {
  const none = await assertRejects(() => taken(["a.txt", "b.png"], "phase1"), Failure);
  assert(none.message.includes("no folder of pictures"), none.message);
  const few = await assertRejects(() => taken(pictures("cat", 2), "phase2"), Failure);
  assert(few.message.includes(`"cat": its 2 pictures`), few.message);
});

test("listImages names classes that are in both phases", async (dir) => {
  const classes = ["phase1/cat", "phase1/dog", "phase2/train/cat", "phase2/train/cow"];
  for (const name of classes) {
    await Deno.mkdir(`${dir}/${name}`, { recursive: true });
    await Deno.writeTextFile(`${dir}/${name}/1.png`, "no picture");
  }
  const { problems } = await listImages(dir);
  const [both] = problems.filter((text) => text.startsWith("In both phases: "));
  assert(both?.startsWith("In both phases: cat. "), problems.join("\n"));
});

Deno.test("unpackGiven gives what packFolder packed, and names an archive that is damaged", async () => {
  const disk = new Disk();
  disk.makeFolder("a/b", true);
  disk.put("a/b/c.png", new TextEncoder().encode("picture"));
  const bytes = await packFolder(disk, "");
  const [one] = await unpackGiven([{ path: "home.zip", file: new Blob([bytes]) }]);
  assertEquals([one.path, await one.file.text()], ["a/b/c.png", "picture"]);

  bytes[bytes.length - 20] ^= 255;
  const damaged = [{ path: "home.zip", file: new Blob([bytes]) }];
  const error = await assertRejects(() => unpackGiven(damaged), Failure);
  assert(error.message.startsWith("Cannot unpack home.zip: "), error.message);
});
