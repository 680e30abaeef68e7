import { phaseFolder } from "../../src/data/layout.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { inTempDir } from "../io/temp_dir.ts";

Deno.test("phaseFolder finds a phase inside the data folder, or takes the folder itself", () =>
  inTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/set/phase1`, { recursive: true });
    assertEquals(await phaseFolder(`${dir}/set`, "phase1"), `${dir}/set/phase1`);
    assertEquals(await phaseFolder(`${dir}/set/phase1`, "phase1"), `${dir}/set/phase1`);
    assertEquals(await phaseFolder(`${dir}/set`, "phase2"), `${dir}/set`);
  }));

Deno.test("phaseFolder names a folder that is missing or none", () =>
  inTempDir(async (dir) => {
    await assertRejects(
      () => phaseFolder(`${dir}/no`, "phase1"),
      Error,
      `from ${dir}/no: there is no`,
    );
    await Deno.writeTextFile(`${dir}/file`, "");
    await assertRejects(() => phaseFolder(`${dir}/file`, "phase1"), Error, "it is no folder");
  }));
