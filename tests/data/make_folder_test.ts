import { makeFolder } from "../../src/data/make_folder.ts";
import { assertEquals, assertMatch, assertRejects } from "../helpers/assert.ts";
import { list, make, test } from "../helpers/folders.ts";

test("makeFolder builds beside, under a lock, and leaves the whole folder alone", async (dir) => {
  const result = await makeFolder(`${dir}/deep/set/`, async (work) => {
    const [folder, lock] = await list(`${dir}/deep`);
    assertMatch(folder, /^set\.part-[0-9a-f]{8}$/);
    assertEquals([`${dir}/deep/${folder}`, lock], [work, `${folder}.lock`]);
    using file = await Deno.open(`${work}.lock`, { write: true });
    assertEquals(await file.tryLock(true), false);
    await Deno.writeTextFile(`${work}/set/a`, "whole");
    return 7;
  });
  assertEquals([result, await list(`${dir}/deep`)], [7, ["set"]]);
  assertEquals(await Deno.readTextFile(`${dir}/deep/set/a`), "whole");
});

test("makeFolder leaves nothing behind where the work fails, not even folders above", async (dir) => {
  const work = () => Promise.reject(new Error("no"));
  await assertRejects(() => makeFolder(`${dir}/deep/er/set`, work), Error, "no");
  assertEquals(await list(dir), []);
});

test("makeFolder removes what killed processes left, and nothing else", async (dir) => {
  const kept = [
    "set.part-00000003",
    "set.part-00000003.lock",
    "set.part-0000000g",
    "other.part-00000001",
  ];
  for (const name of ["set.part-00000001", "set.part-00000002", kept[0], kept[2], kept[3]]) {
    await make(dir, `${name}/set/half`);
  }
  await make(dir, "set.part-00000004", "set.part-00000002.lock");
  // A process that lives: its lock is held.
  using lock = await Deno.open(`${dir}/${kept[1]}`, { create: true, write: true });
  await lock.lock(true);
  await makeFolder(`${dir}/set`, (work) => Deno.writeTextFile(`${work}/set/new`, ""));
  assertEquals(await list(dir), ["set", "set.part-00000004", ...kept].sort());
  assertEquals(await list(`${dir}/set`), ["new"]);
});
