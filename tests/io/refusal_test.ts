import { Failure } from "../../src/failure.ts";
import { makeFolder } from "../../src/data/make_folder.ts";
import { openPartialFile } from "../../src/data/partial_file.ts";
import { diskError, exists, folderFault, isFolder } from "../../src/io/files.ts";
import { withLock } from "../../src/io/lock.ts";
import { brokenLink, nameFault, reasonOf } from "../../src/io/refusal.ts";
import { holdFolder } from "../../src/runs/hold_folder.ts";
import { checkFolder } from "../../src/runs/take_folder.ts";
import { writeText } from "../../src/io/files.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { succeeds } from "../helpers/command.ts";
import { linux, test, tree } from "../helpers/folders.ts";

/** What a piece of work throws. */
const failureOf = async (work: () => Promise<unknown>): Promise<Failure> =>
  await assertRejects(work, Failure) as Failure;

Deno.test("reasonOf says in our words which folders Deno closes, and what to do", () => {
  const closed = (path: string) =>
    new Deno.errors.NotCapable(
      `Requires all access to "${path}", run again with the --allow-all flag`,
    );
  assertEquals(
    reasonOf("data", closed("/dev/shm/x/1.png"), true),
    "Deno does not let programs use /dev; copy the data elsewhere",
  );
  assertEquals(
    reasonOf("out", closed("/proc/1/out"), false),
    "Deno does not let programs use /proc; choose a folder elsewhere",
  );
  assertEquals(
    reasonOf("x", closed("\\\\server\\share"), true),
    "Deno does not let programs use \\\\server\\share; copy the data elsewhere",
  );
  const other = new Deno.errors.NotCapable('Requires read access to "x", run again with …');
  assertEquals(reasonOf("x", other, true), other.message);
  assertEquals(
    [diskError("read", "x", closed("/sys/x")), diskError("write", "x", closed("/sys/x"))]
      .map(({ kind }) => kind),
    ["input", "disk"],
  );
});

test("brokenLink names the link that leads nowhere or back to itself", async (dir) => {
  await Deno.mkdir(`${dir}/real/deep`, { recursive: true });
  for (
    const [target, link] of [
      ["/nonexistent/scratch", "out"],
      ["../gone", "real/back"],
      ["real", "good"],
      ["b", "a"],
      ["a", "b"],
    ]
  ) await Deno.symlink(target, `${dir}/${link}`);
  const lost = `${dir}/out points to /nonexistent/scratch, which is not there`;
  const cases: [path: string, says: string | undefined][] = [
    ["out", lost],
    ["out/", lost],
    ["out/run/trial000", lost],
    ["good/back/x", `${dir}/good/back points to ../gone, which is not there`],
    ["a/x", `${dir}/a is a link that leads back to itself`],
    ["good", undefined],
    ["good/deep/none", undefined],
    ["none/out", undefined],
  ];
  for (const [path, says] of cases) assertEquals(brokenLink(`${dir}/${path}`), says);
});

test("files: a link that leads nowhere is told, where results go and where data lie", async (dir) => {
  await Deno.symlink("/nonexistent/scratch", `${dir}/out`);
  const says = `${dir}/out points to /nonexistent/scratch, which is not there`;
  const failures = [
    await failureOf(() => checkFolder(`${dir}/out`, { overwrite: false })),
    await failureOf(() => checkFolder(`${dir}/out/run`, { overwrite: true })),
    await failureOf(() => writeText(`${dir}/out/report.html`, "")),
    await failureOf(() => exists(`${dir}/out`)),
    await failureOf(() => makeFolder(`${dir}/out/set`, () => Promise.resolve())),
    await failureOf(() => isFolder(`${dir}/out`)),
  ];
  for (const { message } of failures) assert(message.includes(says), message);
  assertEquals(failures.map(({ kind }) => kind), [...Array(5).fill("disk"), "input"]);
  assertEquals(await folderFault(`${dir}/out`), says);
  assertEquals(tree(dir), ["out"]);
});

// Other systems have no such names.
linux.test("nameFault gives a command that renames what is not named in UTF-8", async (dir) => {
  const script =
    `cd "$0"; mkdir $'a\\374 (b)'; : > $'a\\374 (b)/\\304\\343\\272\\303.png'; : > é.png`;
  assert(await succeeds("bash", "-c", script, dir));
  const rename = async (folder: string) => {
    for await (const { name } of Deno.readDir(folder)) {
      const fault = nameFault(`${folder}/${name}`);
      if (!fault) continue;
      assert(fault.startsWith("its name is not UTF-8; rename it, "), fault);
      const [, command] = fault.split("with: ");
      assert(await succeeds("bash", "-c", command), fault);
    }
  };
  await rename(dir);
  await rename(`${dir}/a_ (b)`);
  assertEquals(tree(dir), ["a_ (b)/", "a_ (b)/_.png", "é.png"]);
  assertEquals(await folderFault(`${dir}/é.png`), "it is no folder");
  const says = "its name is not UTF-8";
  assert((await folderFault(`${dir}/\ufffd/x`))?.startsWith(says));
  const { kind, message } = await failureOf(() =>
    checkFolder(`${dir}/\ufffd`, { overwrite: true })
  );
  assert(kind === "disk" && message.startsWith(`Cannot use ${dir}/\ufffd for results: ${says}`));
});

test("files: where a file system has no locks it is told before any work, and nothing stays", async (dir) => {
  const { lock, tryLock } = Deno.FsFile.prototype;
  const refuse = () => Promise.reject(new Error("No locks available (os error 37)"));
  Object.assign(Deno.FsFile.prototype, { lock: refuse, tryLock: refuse });
  try {
    const work = () => Promise.resolve();
    const attempts = [
      () => checkFolder(`${dir}/out`, { overwrite: false }),
      () => makeFolder(`${dir}/deep/set`, work),
    ];
    const later = [
      () => withLock(`${dir}/run`, work),
      () => holdFolder(`${dir}/run`, "run"),
      () => openPartialFile(`${dir}/run/a.part`, "http://127.0.0.1/"),
    ];
    const failures = [];
    for (const attempt of attempts) failures.push(await failureOf(attempt));
    assertEquals(tree(dir), []);
    for (const attempt of later) failures.push(await failureOf(attempt));
    for (const { kind, message } of failures) {
      assertEquals(kind, "disk");
      assert(/^Cannot lock .*: No locks available \(os error 37\); .*local disk/.test(message));
    }
  } finally {
    Object.assign(Deno.FsFile.prototype, { lock, tryLock });
  }
});
