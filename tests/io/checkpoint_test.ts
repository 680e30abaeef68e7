import {
  type Checkpoint,
  readCheckpoint,
  removeCheckpoints,
  selectTrials,
  writeCheckpoint,
} from "../../src/io/checkpoint.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { inTempDir } from "./temp_dir.ts";

const ROW = 64;

function checkpointOf(epoch: number, folders = ["trial000", "trial001"]): Checkpoint {
  const random = createRandom(epoch);
  const rows = () => Float32Array.from({ length: ROW * folders.length }, () => random.normal());
  const curve = (length: number) =>
    Array.from({ length }, () => ({
      ...{ loss: random.uniform(), ce: random.uniform(), accuracy: random.uniform() },
    }));
  const history = (length: number) => ({ train: curve(length), valid: curve(length) });
  return {
    ...{ settings: { seed: 3, classes: ["a", "Σ"] }, folders, epoch },
    made: "a machine",
    ...{ parameters: rows(), m: rows(), v: rows(), kept: rows() },
    histories: folders.map((_, i) => history(epoch - i)), // the second one diverged
  };
}

Deno.test("readCheckpoint gives what writeCheckpoint was given; the newest of two", () =>
  inTempDir(async (dir) => {
    assertEquals(await readCheckpoint(dir), undefined);
    for (const epoch of [4, 5, 6]) await writeCheckpoint(dir, checkpointOf(epoch));
    assertEquals(await readCheckpoint(dir), { checkpoint: checkpointOf(6) });
    await removeCheckpoints(dir);
    assertEquals([...Deno.readDirSync(dir)], []);
  }));

Deno.test("readCheckpoint notices 1 000 cuts and flips, uses the one before and says so", () =>
  inTempDir(async (dir) => {
    for (const epoch of [4, 5]) await writeCheckpoint(dir, checkpointOf(epoch));
    const path = `${dir}/checkpoint.bin`, whole = await Deno.readFile(path);
    const random = createRandom(0);
    for (let round = 0; round < 1000; round++) {
      const bytes = whole.slice(0, round % 2 ? random.integer(whole.length) : whole.length);
      if (round % 2 === 0) bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
      await Deno.writeFile(path, bytes);
      const found = await readCheckpoint(dir);
      assertEquals(found?.checkpoint.epoch, 4, `round ${round}`);
      assertStringIncludes(found!.warning!, `${path}: it is damaged`);
      assertStringIncludes(found!.warning!, "epoch 4");
    }
    await Deno.writeFile(`${dir}/checkpoint.previous.bin`, whole.slice(1));
    await assertRejects(() => readCheckpoint(dir), Error, "remove it, and its trials start anew");
  }));

Deno.test("selectTrials takes the rows and curves of some trials", () => {
  const checkpoint = checkpointOf(5, ["trial003", "trial004", "trial007"]);
  const { folders, parameters, kept, histories } = selectTrials(checkpoint, [
    "trial007",
    "trial003",
  ]);
  assertEquals(folders, ["trial007", "trial003"]);
  assertEquals(parameters.subarray(ROW), checkpoint.parameters.subarray(0, ROW));
  assertEquals(kept.subarray(0, ROW), checkpoint.kept.subarray(2 * ROW));
  assert(histories[0] === checkpoint.histories[2]);
});
