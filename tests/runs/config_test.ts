import { writeJson } from "../../src/io/files.ts";
import { createConfig, differences, readConfig } from "../../src/runs/config.ts";
import { assertEquals } from "../helpers/assert.ts";
import { test } from "../helpers/folders.ts";

test("readConfig takes runs that do not name their network for what all were then", async (dir) => {
  const made = { command: null, seed: 0, adapter: null, options: {} };
  await writeJson(`${dir}/config.json`, createConfig("phase1", made, { epochs: 3 }));
  const { settings } = (await readConfig(dir))!;
  const usual = { epochs: 3, network: "paper", rotate: 30, shift: 19, flip: true };
  assertEquals(differences(settings, usual), "");
  assertEquals(Object.keys(settings)[0], "epochs");
  assertEquals(
    differences(settings, { ...usual, network: { blocks: [] }, shift: 6 }),
    `network was "paper", now {"blocks":[]}; shift was 19, now 6`,
  );
});
