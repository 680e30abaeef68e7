import { Disk, DiskError, plainPath } from "../../src/lab/memory_disk.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const faultOf = (run: () => unknown) => (assertThrows(run, DiskError) as DiskError).fault;

Deno.test("plainPath leaves out what says nothing", () => {
  for (const path of ["a/b", "/a/b", "./a//b/", "a/./b", "a/c/../b"]) {
    assertEquals(plainPath(path), "a/b");
  }
  assertEquals(plainPath("/"), "");
});

Deno.test("Disk keeps files in folders, and lists and walks them sorted", () => {
  const disk = new Disk();
  disk.makeFolder("a/b", true);
  disk.put("a/z", bytes(1));
  disk.put("/a/b/x", bytes(2, 3));
  assertEquals(disk.list("a").map(({ name, isFolder }) => [name, isFolder]), [
    ["b", true],
    ["z", false],
  ]);
  assertEquals(disk.walk(), ["a/b/x", "a/z"]);
  assertEquals([...disk.file("./a/b/x").bytes], [2, 3]);
});

Deno.test("Disk refuses what a disk refuses", () => {
  const disk = new Disk();
  disk.makeFolder("a");
  disk.put("a/f", bytes(1));
  assertEquals(faultOf(() => disk.file("b")), "NotFound");
  assertEquals(faultOf(() => disk.file("a/f/x")), "NotADirectory");
  assertEquals(faultOf(() => disk.file("a")), "IsADirectory");
  assertEquals(faultOf(() => disk.put("b/f", bytes(1))), "NotFound");
  assertEquals(faultOf(() => disk.makeFolder("a")), "AlreadyExists");
  assertEquals(faultOf(() => disk.makeFolder("a/f", true)), "AlreadyExists");
  assertEquals(faultOf(() => disk.remove("a")), "AlreadyExists");
  assertEquals(faultOf(() => disk.rename("x", "y")), "NotFound");
});

Deno.test("Disk renames a file over another, and a folder with what is in it", () => {
  const disk = new Disk();
  disk.makeFolder("a/b", true);
  disk.put("a/b/new", bytes(1));
  disk.put("a/b/old", bytes(2));
  disk.rename("a/b/new", "a/b/old");
  assertEquals([...disk.file("a/b/old").bytes], [1]);
  disk.rename("a/b", "c");
  assertEquals(disk.walk(), ["c/old"]);
  assertEquals(disk.find("a/b"), undefined);
});

Deno.test("Disk tells of each change, so that another can follow it", () => {
  const disk = new Disk(), other = new Map<string, number[]>();
  disk.onChange = (path, file) => file ? other.set(path, [...file.bytes]) : other.delete(path);
  disk.makeFolder("a/b", true);
  disk.put("a/b/f", bytes(1));
  disk.put("a/b/f", bytes(2));
  disk.rename("a", "c");
  assertEquals([...other], [["c/b/f", [2]]]);
  disk.remove("c", true);
  assertEquals([...other], []);
});
