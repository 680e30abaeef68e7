import { Failure } from "../../src/failure.ts";
import { holdFolder, waitForOthers } from "../../src/runs/hold_folder.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "../helpers/assert.ts";
import { outputOf } from "../helpers/command.ts";
import { test } from "../helpers/folders.ts";

/** What a process leaves in a lock's file whose lock is not seen here. */
const elsewhere = (process: number) =>
  `process ${process} on n9, job 17, since 2026-11-30T14:03:00.000Z,\n${process}-abc 4711 n9\n`;
const HOST = Deno.hostname();

test("holdFolder tells others which process holds it, on which host, in which job", async (dir) => {
  const module = new URL("../../src/runs/hold_folder.ts", import.meta.url).href;
  const { stdout } = await outputOf(Deno.execPath(), {
    args: [
      ...["eval", "--quiet", "--no-check", `--config=${import.meta.dirname}/../../deno.json`],
      `import { holdFolder } from "${module}";
        await holdFolder("${dir}", "it");
        console.log(Deno.pid, Deno.readTextFileSync("${dir}/.running"));
        Deno.exit();`,
    ],
    env: { SLURM_JOB_ID: "17" },
  });
  const [, pid, mark] = /^(\d+) (.*)$/s.exec(stdout)!;
  assertMatch(mark, new RegExp(`^process ${pid} on ${HOST}, job 17, since 20\\S+Z,\n`));

  const held = await holdFolder(dir, "it"); // the kernel has freed it: the process is gone
  const error = await assertRejects(() => holdFolder(dir, "it"), Failure);
  assertMatch(
    error.message,
    new RegExp(`it: process ${Deno.pid} on ${HOST}, since 20\\S+Z, is at`),
  );
  held.release();
  assertEquals(await Deno.readTextFile(`${dir}/.running`), "");
  (await holdFolder(dir, "it", { gone: new Set() })).release();
});

test("holdFolder doubts a free lock that was taken where its lock may not be seen", async (dir) => {
  await Deno.writeTextFile(`${dir}/.running`, elsewhere(1));
  const says = "process 1 on n9, job 17, since";
  await assertRejects(() => holdFolder(dir, "it", { gone: new Set() }), Failure, says);
  assertEquals(await Deno.readTextFile(`${dir}/.running`), elsewhere(1));
  (await holdFolder(dir, "it", { gone: new Set([elsewhere(1)]), isProbe: true })).release();
  assertEquals(await Deno.readTextFile(`${dir}/.running`), elsewhere(1));
  (await holdFolder(dir, "it")).release(); // who does not ask trusts the lock
  const own = elsewhere(1).replace(/4711 n9/, `${(await Deno.stat(dir)).dev} ${HOST}`);
  for (const text of [own, "process 1, since 2026-11-30T14:03:00.000Z,"]) { // killed here
    await Deno.writeTextFile(`${dir}/.running`, text);
    (await holdFolder(dir, "it", { gone: new Set() })).release();
  }
});

test("holdFolder notices whoever takes a folder although it is held, and leaves it", async (dir) => {
  const held = await holdFolder(dir, "it");
  held.check();
  await Deno.writeTextFile(`${dir}/.running`, elsewhere(2)); // its lock did not reach
  const error = assertThrows(() => held.check(), Failure, "process 2 on n9");
  assertEquals((error as Failure).kind, "locked");
  held.release();
  assertEquals(await Deno.readTextFile(`${dir}/.running`), elsewhere(2));
});

test("waitForOthers takes an owner for gone who gives no sign of life, and no other", async (dir) => {
  const path = `${dir}/.running`;
  const take = (gone: ReadonlySet<string>) => holdFolder(dir, "it", { gone });
  const told: string[] = [];
  const options = { silence: 200, tell: (text: string) => void told.push(text) };
  await Deno.writeTextFile(path, elsewhere(3));
  let moment = 0;
  const lively = setInterval(() => Deno.utimeSync(path, new Date(), new Date(++moment)), 20);
  try {
    await assertRejects(() => waitForOthers(take, options), Failure, "process 3 on n9");
  } finally {
    clearInterval(lively);
  }
  assertEquals(told.length, 1);
  assertMatch(
    told[0],
    /^it was held by process 3 on n9, job 17, since \S+Z: .*sign of life, 0\.2 s/,
  );
  (await waitForOthers(take, options)).release();
});

test("waitForOthers waits for a folder as long as it is told to", async (dir) => {
  const held = await holdFolder(dir, "it");
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  const take = () => holdFolder(dir, "it");
  await assertRejects(() => waitForOthers(take, { seconds: 0.2, tell }), Failure, "is at work");
  setTimeout(held.release, 300);
  const begin = performance.now();
  (await waitForOthers(take, { seconds: 60, tell })).release();
  const took = performance.now() - begin;
  assert(took > 250 && took < 30_000, `it took ${took} ms`);
  assertMatch(
    told.join("\n"),
    /^it is held by process .*: waiting, 0\.2 s at most\n.* 60 s at most$/,
  );
});
