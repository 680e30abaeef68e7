import { findResults, readResult } from "../../src/runs/results.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import {
  fitFiles,
  gridFiles,
  phase1Files,
  phase2Files,
  unfinishedFiles,
} from "../helpers/report_folders.ts";
import { replaced } from "../helpers/replaced.ts";
import { test, writeFolder } from "../helpers/folders.ts";

test("findResults takes result folders, or the children that are, none twice", async (dir) => {
  await writeFolder(`${dir}/a`, fitFiles());
  await writeFolder(`${dir}/b`, unfinishedFiles());
  await writeFolder(`${dir}/images`, { "bat.png": "" });
  assertEquals(await findResults([dir, `${dir}//a/`]), [`${dir}/a`, `${dir}/b`]);
  assertEquals(await findResults([`${dir}/images`, `${dir}/gone`], { optional: true }), []);
  const find = () => findResults([dir, `${dir}/images`]);
  await assertRejects(find, Error, `${dir}/images: it holds no config.json or summary.json`);
  await assertRejects(() => findResults([`${dir}/gone`]), Error, `${dir}/gone: it is missing`);
});

test("readResult tells the kinds apart by config.json, or without it by the summary", async (dir) => {
  const folders = {
    phase1: phase1Files(),
    fit: fitFiles(),
    phase2: phase2Files("sk", []),
    grid: gridFiles([]),
  };
  for (const [kind, files] of Object.entries(folders)) {
    await writeFolder(`${dir}/${kind}`, files);
    assertEquals((await readResult(`${dir}/${kind}`)).kind, kind);
    await Deno.remove(`${dir}/${kind}/config.json`);
    assertEquals((await readResult(`${dir}/${kind}`)).kind, kind);
  }
  await writeFolder(`${dir}/other`, { "summary.json": { cats: 3 } });
  await assertRejects(() => readResult(`${dir}/other`), Error, "Cannot tell what made");
});

test("readResult does without what a run removes meanwhile, and says what is missing", async (dir) => {
  const { readFile } = Deno;
  for (const gone of ["summary.json", "grid.json", "predictions.csv", "grid.svg"]) {
    await writeFolder(dir, gridFiles([]));
    using _ = replaced(Deno, "readFile", async (path, options) => {
      if (`${path}`.endsWith(gone)) await Deno.remove(path); // it has just been looked at
      return await readFile(path, options);
    });
    const result = await readResult(dir);
    assertEquals(result.kind, gone === "summary.json" ? "unfinished" : "grid");
    assertEquals(result.pictures.has("grid"), gone !== "grid.svg");
  }
  for (const name of ["config.json", "summary.json"]) await Deno.remove(`${dir}/${name}`);
  await assertRejects(() => readResult(dir), Error, `Cannot tell what made ${dir}`);
});

test("readResult reads an unfinished run up to its last whole line", async (dir) => {
  await writeFolder(dir, unfinishedFiles());
  const result = await readResult(dir);
  assert(result.kind === "unfinished");
  assertEquals(result.metrics.map(({ epoch }) => epoch), [1, 1, 2, 2]);
});

test("readResult takes null for a number that was not finite", async (dir) => {
  const files = fitFiles();
  const text = JSON.stringify(files["summary.json"]).replace("120.5", "null");
  await writeFolder(dir, { ...files, "summary.json": text });
  const result = await readResult(dir);
  assert(result.kind === "fit");
  assertEquals(result.summary.layers[0].logLikelihood.correlated, NaN);
});

test("readResult names the file and the field that is damaged", async (dir) => {
  const files = phase2Files("l2", []);
  const summary = JSON.stringify(files["summary.json"]);
  const damages: [name: string, content: string, message: string][] = [
    ["summary.json", summary.slice(0, 200), "summary.json: it is no JSON"],
    ["summary.json", summary.replace('"seed":201', '"seed":"x"'), "the field trials.1.seed is"],
    ["summary.json", summary.replace('"mode":"l2"', '"mode":"l3"'), "the field mode is wrong"],
    [
      "summary.json",
      summary.replace(/"trials":\[.*?\}\]/, '"trials":[]'),
      "field trials is wrong",
    ],
    ["config.json", '{"task":"dance"}', "config.json: the field task is wrong"],
    ["config.json", "3", "config.json: its content is wrong"],
    ["predictions.csv", "folder,image\na,b\n", "predictions.csv: the field 0.label is wrong"],
    ["curves.svg", "GIF89a", "curves.svg: it is neither PNG nor SVG"],
  ];
  for (const [name, content, message] of damages) {
    await writeFolder(dir, { ...files, [name]: content });
    await assertRejects(() => readResult(dir), Error, message);
  }
});
