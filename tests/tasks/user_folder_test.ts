/**
 * Names count from where the user stands, and what is suggested can be pasted there.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../helpers/assert.ts";
import { runIn, TASK } from "../helpers/command.ts";
import { buildZip } from "../../tasks/torture/build_zip.ts";
import { soundSet } from "../helpers/build_set.ts";
import { linux, make, test, tree, unix, withFiles, writeFolder } from "../helpers/folders.ts";

const ROOT = await Deno.realPath(`${import.meta.dirname}/../..`);
const set = soundSet();
const zip = buildZip(
  Object.entries(set).map(([path, content]) => ({ name: `silhouettes/${path}`, content })),
);
const pictures = Object.fromEntries(
  Object.entries(set).map(([path, content]) => [`my work/pics/${path}`, content]),
);

Deno.test("deno task --config reads and writes by names that count from where it was typed", () =>
  withFiles({ ...pictures, "my work/a.zip": zip }, async (top) => {
    const dir = `${top}/my work`;
    const check = await runIn(dir, [...TASK, "data", "--check", "pics"]);
    assertEquals([check.code, check.stderr], [0, ""]);
    const unpacked = await runIn(`${dir}/pics`, [
      ...[...TASK, "data", "--zip=../a.zip", "--data-dir=un/packed"],
    ]);
    assertEquals([unpacked.code, unpacked.stderr], [0, ""]);
    assertStringIncludes(unpacked.stdout, `16 in un/packed (${dir}/pics/un/packed)`);
    assert(tree(`${dir}/pics/un/packed`).includes("phase1/cat/1.png"));
    const fixtures = ["--gaussian-dir", `${ROOT}/tests/fixtures/fit`];
    const exported = await runIn(dir, [...TASK, "export", ...fixtures, "--out=prior"]);
    assertEquals([exported.code, exported.stderr], [0, ""]);
    assertStringIncludes(exported.stdout, "all in one prior/prior.json\n");
    assert(tree(dir).includes("prior/prior.json"));
  }));

test("deno task tells of what is missing by the name that was typed and the folder it counts from", async (dir) => {
  const docs = `${ROOT}/docs`;
  const cases: [cwd: string, args: string[], says: string][] = [
    [dir, [...TASK, "data", "--check", "pics"], `pics: there is no such folder in ${dir}`],
    [
      docs,
      ["task", "--quiet", "data", "--check=../x"],
      `../x: there is no such folder in ${docs}`,
    ],
    [dir, [...TASK, "fit"], `data/kernel_dataset: there is no such folder in ${dir}`],
    [dir, [...TASK, "report", "--runs=a"], "Cannot report on a: it is missing"],
    [dir, [...TASK, "predict", "--weights=w", "a"], `in w: it does not exist in ${dir}`],
    [dir, [...TASK, "doctor", "--fixtures=f"], `f: there is no such folder in ${dir}`],
  ];
  await Promise.all(cases.map(async ([cwd, args, says]) => {
    const { code, stderr } = await runIn(cwd, args);
    assertEquals(code, 5, stderr);
    assertStringIncludes(stderr, says);
  }));
  assertEquals(tree(dir), []);
});

Deno.test({
  name: "deno task suggests commands that run where they are pasted",
  ignore: Deno.build.os === "windows", // it has no sh
}, () =>
  withFiles({ "it's mine/a.zip": zip }, async (top) => {
    const dir = `${top}/it's mine`;
    const { stdout } = await runIn(dir, [...TASK, "data", "--zip=a.zip", "--data-dir=my set"]);
    const [, suggested] = /^check +(deno task .*?) {4}decodes/m.exec(stdout)!;
    const pasted = await runIn(dir, suggested);
    assertEquals(pasted.code, 0, pasted.stderr);
    assertStringIncludes(pasted.stdout, "problems      none");
  }));

unix.test("deno task suggests --config where deno finds another deno.json first, or none", async (dir) => {
  const checkout = `${dir}/checkout`; // folders can be made in it
  await make(checkout, "in/side/", "own/deep/");
  await writeFolder(checkout, { "own/deno.jsonc": "{}", "node/package.json": "{}" });
  for (const name of ["deno.json", "deno.lock", "mod.ts", "src", "shaders", "tasks"]) {
    await Deno.symlink(`${ROOT}/${name}`, `${checkout}/${name}`);
  }
  const config = ["--config", `${checkout}/deno.json`];
  const cases: [folder: string, isFound: boolean][] = [
    ["checkout/in/side", true],
    ["checkout/own/deep", false],
    ["checkout/node", false],
    [".", false],
  ];
  await Promise.all(cases.map(async ([folder, isFound]) => {
    const cwd = `${dir}/${folder}`;
    const prefix = ["deno", "task", ...isFound ? [] : config].join(" ");
    const { stderr } = await runIn(cwd, [
      ...["task", "--quiet", ...config, "export", "--gaussian-dir=none"],
    ]);
    assertStringIncludes(stderr, `; run \`${prefix} fit\` first`);
    const help = await runIn(cwd, ["task", "--quiet", ...config, "fit", "--help"]);
    assertStringIncludes(help.stdout, `Usage: ${prefix} fit [options]`);
    // What is found is what deno finds.
    const tasks = await runIn(cwd, ["task", "--quiet"]);
    const listed = tasks.stdout + tasks.stderr;
    assertEquals(listed.includes("phase1:loop"), isFound, listed);
  }));
});

Deno.test("tasks that deno run starts count names from its own folder", () =>
  withFiles(pictures, async (top) => {
    const dir = `${top}/my work`;
    const words = ["run", "--no-prompt", "--allow-read", "--allow-env=SKREG_DEBUG,INIT_CWD"];
    const task = [...words, `--config=${ROOT}/deno.json`, `${ROOT}/tasks/data.ts`];
    // npm sets INIT_CWD too, to where npm was typed.
    for (const folder of ["", top]) {
      const { code, stderr } = await runIn(dir, [...task, "--check=pics"], { INIT_CWD: folder });
      assertEquals([code, stderr], [0, ""]);
    }
    const inside = await runIn(ROOT, [...words, "tasks/data.ts", "--check=docs"]);
    assertMatch(inside.stderr, /Cannot use docs as it is/);
  }));

linux.test("deno task says where it cannot start, and prints its help there", async (dir) => {
  const closed = await runIn("/dev", [...TASK, "data", "--check=x"]);
  assertEquals(closed, {
    code: 5,
    stdout: "",
    stderr:
      "error: Cannot count names from /dev: Deno does not let programs use it; go to another " +
      "folder first\n",
  });
  assertEquals((await runIn("/dev", [...TASK, "data", "--help"])).code, 0);
  const strange = `mkdir $'caf\\351'; cd $'caf\\351'; deno ${TASK.join(" ")} data --check=x`;
  const { code, stderr } = await runIn(
    dir,
    strange.replaceAll("$'caf\\351'", "$(printf 'caf\\351')"),
  );
  assertEquals([code, stderr], [
    5,
    "error: Cannot count names from the folder in which this was typed: its name is not UTF-8; go to " +
    "another folder first\n",
  ]);
});
