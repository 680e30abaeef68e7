import { checkDataset, claimDataset, type DatasetSummary } from "../../src/io/kernel_dataset.ts";
import { writeJson } from "../../src/io/files.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { inTempDir } from "./temp_dir.ts";

const settings = { seed: 0, epochs: 3 };

/** A data set whose summary names trials 0 … 2; the weights of trial 2 are gone. */
async function makeDataset(dir: string): Promise<void> {
  await writeJson(`${dir}/summary.json`, {
    settings,
    trials: [0, 1, 2].map((trial) => ({ trial })),
  });
  for (const trial of [0, 1]) {
    await Deno.mkdir(`${dir}/trial00${trial}`);
    await Deno.writeTextFile(`${dir}/trial00${trial}/cnn.h5`, "");
  }
}

const numbersOf = (summary?: DatasetSummary) => summary?.trials.map(({ trial }) => trial);

Deno.test("checkDataset lets another part of the same experiment in", () =>
  inTempDir(async (dir) => {
    await makeDataset(dir);
    await checkDataset(dir, { numbers: [2, 3], settings, overwrite: false });
    const earlier = await claimDataset(dir, { numbers: [2, 3], settings, overwrite: false });
    assertEquals(numbersOf(earlier), [0, 1]);
  }));

Deno.test("checkDataset replaces a finished trial only when told to, and it alone", () =>
  inTempDir(async (dir) => {
    await makeDataset(dir);
    const part = { numbers: [1], settings, overwrite: false };
    await assertRejects(() => checkDataset(dir, part), Error, "Cannot train trials 1 into");
    const more = { ...part, numbers: [0, 1, 2, 3, 5] };
    const advice = "train the others with --first-trial=2 --trials=2, or replace";
    await assertRejects(() => checkDataset(dir, more), Error, advice);
    await checkDataset(dir, { ...part, overwrite: true });
    assertEquals(numbersOf(await claimDataset(dir, { ...part, overwrite: true })), [0]);
    await Deno.stat(`${dir}/trial000/cnn.h5`);
  }));

Deno.test("checkDataset keeps experiments apart", () =>
  inTempDir(async (dir) => {
    await makeDataset(dir);
    const part = { numbers: [7], settings: { seed: 0, epochs: 4 }, overwrite: false };
    await assertRejects(() => checkDataset(dir, part), Error, "an earlier run");
    await assertRejects(() => claimDataset(dir, part), Error, "an earlier run");
    assertEquals(await claimDataset(dir, { ...part, overwrite: true }), undefined);
    await assertRejects(() => Deno.stat(`${dir}/trial000/cnn.h5`));
  }));

Deno.test("checkDataset sees a file in a trial's place", () =>
  inTempDir(async (dir) => {
    await makeDataset(dir);
    await Deno.writeTextFile(`${dir}/trial004`, "");
    const part = { numbers: [3, 4], settings, overwrite: true };
    await assertRejects(() => checkDataset(dir, part), Error, `${dir}/trial004 is a file`);
  }));

Deno.test("checkDataset takes a folder that is missing or whose trials are gone", () =>
  inTempDir(async (dir) => {
    const part = { numbers: [0], settings, overwrite: false };
    await checkDataset(`${dir}/new`, part);
    assertEquals(await claimDataset(`${dir}/new`, part), undefined);
    await writeJson(`${dir}/old/summary.json`, { settings, trials: [{ trial: 0 }] });
    await checkDataset(`${dir}/old`, part);
    assertEquals(numbersOf(await claimDataset(`${dir}/old`, part)), []);
  }));
