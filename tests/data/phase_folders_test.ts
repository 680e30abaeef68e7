import { phaseFolder } from "../../src/data/phase_folders.ts";
import { assertEquals, assertRejects } from "../helpers/assert.ts";
import { test } from "../helpers/folders.ts";

test("phaseFolder finds a phase inside the data folder, or takes the folder itself", async (dir) => {
  await Deno.mkdir(`${dir}/set/phase1`, { recursive: true });
  assertEquals(await phaseFolder(`${dir}/set`, "phase1"), `${dir}/set/phase1`);
  assertEquals(await phaseFolder(`${dir}/set/phase1`, "phase1"), `${dir}/set/phase1`);
  for (const part of ["train", "valid", "test"]) {
    const missing = `there is no folder ${part} in it; phase 2 needs train, valid and test`;
    await assertRejects(() => phaseFolder(`${dir}/set`, "phase2"), Error, missing);
    await Deno.mkdir(`${dir}/set/${part}`);
  }
  assertEquals(await phaseFolder(`${dir}/set`, "phase2"), `${dir}/set`);
});

test("phaseFolder names a folder that is missing or none", async (dir) => {
  const find = () => phaseFolder(`${dir}/no`, "phase1");
  await assertRejects(find, Error, `from ${dir}/no: there is no`);
  await Deno.writeTextFile(`${dir}/file`, "");
  const none = `from ${dir}/file: it is no folder`;
  await assertRejects(() => phaseFolder(`${dir}/file`, "phase1"), Error, none);
});
