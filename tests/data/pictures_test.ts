import { findPictures, readPictures } from "../../src/data/pictures.ts";
import { assertEquals, assertStringIncludes } from "../helpers/assert.ts";
import { grey } from "../helpers/build_set.ts";
import { make, makePipe, test, unix, withFiles } from "../helpers/folders.ts";

Deno.test("readPictures keeps the order over many reads, and goes on after what it cannot read", () => {
  const names = Array.from({ length: 20 }, (_, i) => `${i}.png`);
  return withFiles(Object.fromEntries(names.map((name, i) => [name, grey(i)])), async (dir) => {
    await Deno.writeTextFile(`${dir}/3.png`, "no picture");
    await Deno.remove(`${dir}/11.png`);
    const seen = [];
    for await (
      const file of readPictures(names.map((name) => `${dir}/${name}`), { height: 2, width: 1 })
    ) {
      if ("pixels" in file) assertEquals(file.pixels.length, 8);
      seen.push("pixels" in file ? file.pixels[0] : file.error.message);
    }
    assertEquals(seen.filter((_, i) => i !== 3), [
      ...[0, 1, 2, 4, 5, 6, 7, 8, 9, 10, `Cannot read ${dir}/11.png: it does not exist`],
      ...[12, 13, 14, 15, 16, 17, 18, 19],
    ]);
    assertStringIncludes(String(seen[3]), `Cannot decode ${dir}/3.png: it is neither PNG nor JPEG`);
  });
});

test("findPictures takes files as named, and all that lies in and below a folder, sorted", async (dir) => {
  await make(dir, "b/2.png", "b/10.png", "b/deep/x.jpg", "b/.hidden.png", "b/Thumbs.db", "a.png");
  const { paths, faults } = await findPictures([`${dir}/b/`, `${dir}/none.png`, `${dir}/a.png`]);
  const found = ["b/10.png", "b/2.png", "b/deep/x.jpg", "none.png", "a.png"];
  assertEquals([paths, faults], [found.map((name) => `${dir}/${name}`), []]);
});

test("findPictures follows a link that is named, and none below; an empty folder is a fault", async (dir) => {
  await make(dir, "real/a.png");
  await Deno.mkdir(`${dir}/empty`);
  await Deno.symlink(`${dir}/real`, `${dir}/link`);
  await Deno.symlink(dir, `${dir}/real/loop`);
  const { paths, faults } = await findPictures([`${dir}/link`, `${dir}/empty`]);
  assertEquals(paths, [`${dir}/link/a.png`]);
  assertEquals(faults.map(({ path, error }) => [path, error.message]), [
    [
      `${dir}/link/loop`,
      `Cannot read ${dir}/link/loop: it is a symbolic link. Name what it points to, or follow links (--follow-links)`,
    ],
    [`${dir}/empty`, `Cannot read ${dir}/empty: no pictures in it`],
  ]);
});

unix.test("findPictures follows links below where it is asked to, and comes to an end", async (dir) => {
  await make(dir, "other/b.png", "real/a.png", "real/deep/c.png", "real/lost+found/x");
  for (
    const [target, link] of [
      ["../other", "real/more"],
      ["../other/b.png", "real/b.png"],
      ["..", "real/deep/loop"], // a folder on the way
      ["../real", "other/back"],
      ["../../other", "real/deep/again"],
      ["/nonexistent/scratch", "real/lost"],
      ["self", "real/self"],
    ]
  ) await Deno.symlink(target, `${dir}/${link}`);
  const { paths, faults } = await findPictures([`${dir}/real/`], { followLinks: true });
  assertEquals(
    paths.map((path) => path.slice(dir.length)),
    ["a", "b", "deep/again/b", "deep/c", "more/b"].map((name) => `/real/${name}.png`),
  );
  assertEquals(faults.map(({ error }) => error.message.replaceAll(dir, "")), [
    "Cannot read /real/lost: /real/lost points to /nonexistent/scratch, which is not there",
    "Cannot read /real/self: /real/self is a link that leads back to itself",
  ]);
});

unix.test("findPictures ends where every folder links to every other", async (dir) => {
  const folders = Array.from({ length: 12 }, (_, i) => `f${10 + i}`);
  await make(dir, ...folders.map((name) => `${name}/1.png`));
  for (const one of folders) {
    for (const other of folders) await Deno.symlink(`../${other}`, `${dir}/${one}/to_${other}`);
  }
  const { paths, faults } = await findPictures([dir], { followLinks: true });
  assertEquals(faults, []);
  assertEquals(new Set(await Promise.all(paths.map((path) => Deno.realPath(path)))).size, 12);
  assertEquals(paths.length < 12 * 12 + 12, true, `${paths.length}`);
});

unix.test("readPictures waits for no pipe or device and fills no memory, but says what they are", async (dir) => {
  await makePipe(`${dir}/pipe`);
  await Deno.symlink(`${dir}/pipe`, `${dir}/link`);
  await Deno.symlink("/dev/zero", `${dir}/zero`);
  await Deno.writeFile(`${dir}/sparse`, new Uint8Array());
  await Deno.truncate(`${dir}/sparse`, 5 * 2 ** 30);
  await Deno.writeFile(`${dir}/empty`, new Uint8Array());
  const names = ["pipe", "link", "zero", ".", "sparse", "empty", "none"];
  const start = performance.now();
  const reasons: string[] = [];
  const paths = names.map((name) => `${dir}/${name}`);
  for await (const picture of readPictures(paths, { height: 1, width: 1 })) {
    reasons.push("reason" in picture ? picture.reason : "read");
  }
  assertEquals(reasons, [
    ...Array(3).fill("it is not a regular file"),
    "it is a folder",
    "its 5368709120 bytes are more than the 536870912 allowed",
    "the file is empty",
    "it does not exist",
  ]);
  assertEquals(performance.now() - start < 1000, true);
});
