import { readDesign } from "../../src/experiments/network_file.ts";
import { PAPER, PAPER64 } from "../../src/nn/paper_network.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { run } from "../helpers/command.ts";
import { test, withFiles } from "../helpers/folders.ts";

Deno.test("readDesign knows the names, and reads files", () =>
  withFiles({ "net.json": { blocks: [{ kernel: 3, filters: 4 }] } }, async (dir) => {
    assertEquals([await readDesign("paper"), await readDesign("paper64")], [PAPER, PAPER64]);
    assertEquals((await readDesign(`${dir}/net.json`)).blocks[0].kernel, 3);
  }));

test("readDesign reads the network of the README", async (dir) => {
  const readme = await Deno.readTextFile(`${import.meta.dirname}/../../README.md`);
  const [, text] = /```json\n(.+?)```/s.exec(readme)!;
  await Deno.writeTextFile(`${dir}/network.json`, text);
  const { input, dense, phase2 } = await readDesign(`${dir}/network.json`);
  assertEquals([input, dense, phase2], [64, [64], { dense: [], dropout: [0.5] }]);
});

test("readDesign refuses what is no network file, naming it and what would do", async (dir) => {
  const file = `${dir}/net.json`;
  for (const [text, says] of [["{ blocks: [] }", "it is no JSON"], ["", "it is no JSON"]]) {
    await Deno.writeTextFile(file, text);
    await assertRejects(() => readDesign(file), Error, says);
  }
  for (const named of [`${dir}/none.json`, dir, "Paper", "constructor"]) {
    const error = await assertRejects(() => readDesign(named), Error, named);
    assertEquals((error as Error & { kind: string }).kind, "input");
    assert(error.message.includes("give the JSON file of a network, or paper or paper64"));
  }
});

Deno.test("tasks refuse a wrong network file with exit code 5 and all its faults, and write nothing", () =>
  withFiles({ "net.json": { blocks: [{ kernal: 3, filters: 0 }] } }, async (dir) => {
    const file = `${dir}/net.json`, out = `--results-dir=${dir}/out`;
    const said = await Promise.all([
      run("phase1", [`--network=${file}`, out]),
      run("grid", [`--network=${file}`, out]),
      run("bench", [`--network=${file}`]),
      run("doctor", [`--network=${file}`]),
      run("predict", [`--network=${file}`, `--weights=${dir}/out`, "a.png"]),
    ]);
    for (const { code, stderr } of said) {
      assertEquals([code, stderr.split("\n  ").length], [5, 4], stderr);
      assert(
        stderr.includes(`Cannot use the network in ${file}:\n  blocks[0].kernal is 3`),
        stderr,
      );
    }
    assertEquals([...Deno.readDirSync(dir)].map(({ name }) => name), ["net.json"]);
  }));

Deno.test("tasks take the sizes that their network takes", () =>
  withFiles({ "net.json": { blocks: [{ kernel: 3, filters: 4, pool: 7 }] } }, async (dir) => {
    const { code, stderr } = await run("phase1", [`--network=${dir}/net.json`, "--size=6"]);
    assertEquals(code, 2, stderr);
    assert(stderr.includes(`"6" is not a whole number from 7 to 4096`), stderr);
  }));
