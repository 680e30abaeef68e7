import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { readFile, writeFile, writeJson } from "../../src/io/files.ts";
import { withLock } from "../../src/io/lock.ts";
import { list, test } from "../helpers/folders.ts";

test("writeFile replaces a file whole and leaves no temporary", async (dir) => {
  await writeFile(`${dir}/a`, new Uint8Array(3_000_000).fill(7));
  await writeFile(`${dir}/a`, new Uint8Array([1, 2]));
  assertEquals(await readFile(`${dir}/a`), new Uint8Array([1, 2]));
  assertEquals(await list(dir), ["a"]);
});

test("writeFile writes a view's own bytes, also none at all", async (dir) => {
  await writeFile(`${dir}/a`, new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
  assertEquals(await readFile(`${dir}/a`), new Uint8Array([2, 3]));
  await writeFile(`${dir}/a`, new Uint8Array());
  assertEquals(await readFile(`${dir}/a`), new Uint8Array());
});

test("writeFile creates missing folders", async (dir) => {
  await writeFile(`${dir}/b/c/a`, new Uint8Array([1]));
  assertEquals(await list(`${dir}/b/c`), ["a"]);
});

test("writeFile never shows a half-written file", async (dir) => {
  const size = 1 << 20;
  const versions = [1, 2, 3, 4].map((value) => new Uint8Array(size).fill(value));
  await writeFile(`${dir}/a`, versions[0]);
  let writing = true;
  const all = Promise.all(versions.map((bytes) => writeFile(`${dir}/a`, bytes)))
    .finally(() => writing = false);
  while (writing) {
    const bytes = await readFile(`${dir}/a`);
    assert(bytes.length === size && bytes[0] === bytes[size - 1], "a mixture of two versions");
  }
  await all;
  assertEquals(await list(dir), ["a"]);
});

test("writeFile names the file when the disk refuses, and cleans up", async (dir) => {
  await Deno.mkdir(`${dir}/folder`);
  const onFolder = () => writeFile(`${dir}/folder`, new Uint8Array([1]));
  await assertRejects(onFolder, Error, `Cannot write ${dir}/folder (1 bytes): `);
  await Deno.writeTextFile(`${dir}/file`, "old");
  const belowFile = () => writeFile(`${dir}/file/a`, new Uint8Array([1]));
  await assertRejects(belowFile, Error, `Cannot write ${dir}/file/a (1 bytes): `);
  assertEquals(await list(dir), ["file", "folder"]);
  assertEquals(await Deno.readTextFile(`${dir}/file`), "old");
});

test("writeJson writes indented text with a final newline", async (dir) => {
  await writeJson(`${dir}/a.json`, { loss: 0.5, ce: NaN });
  assertEquals(await Deno.readTextFile(`${dir}/a.json`), '{\n  "loss": 0.5,\n  "ce": null\n}\n');
  const write = () => writeJson(`${dir}/b.json`, undefined);
  await assertRejects(write, TypeError, `Cannot write ${dir}/b.json: undefined has no JSON form`);
});

test("readFile refuses what is missing, too large or not a regular file", async (dir) => {
  await Deno.writeFile(`${dir}/a`, new Uint8Array(11));
  assertEquals((await readFile(`${dir}/a`, { maxBytes: 11 })).length, 11);
  const fails = (path: string, kind: ErrorConstructor, state: string) =>
    assertRejects(() => readFile(path, { maxBytes: 10 }), kind, `Cannot read ${path}: ${state}`);
  await fails(`${dir}/a`, Error, "its 11 bytes are more than the 10 allowed");
  await fails(`${dir}/b`, Error, "it does not exist");
  await fails(dir, Error, "it is a folder");
  if (Deno.build.os !== "windows") await fails("/dev/zero", Error, "it is not a regular file");
});

test("withLock lets one after the other in, also after one that fails", async (dir) => {
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} in`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push(`${name} out`);
    if (name === "a") throw new Error("a failed");
    return name;
  };
  const a = withLock(`${dir}/new`, work("a")).catch((error) => error.message);
  const b = withLock(`${dir}/new`, work("b"));
  assertEquals([await a, await b], ["a failed", "b"]);
  assert(["a in,a out,b in,b out", "b in,b out,a in,a out"].includes(order.join()), order.join());
});
