import {
  type Checkpoint,
  readCheckpoint,
  removeCheckpoints,
  selectTrials,
  writeCheckpoint,
} from "../../src/runs/checkpoint.ts";
import { keepCheckpoints } from "../../src/runs/keep_checkpoints.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../helpers/assert.ts";
import { replaced } from "../helpers/replaced.ts";
import { test } from "../helpers/folders.ts";

const [ROW, STEPS] = [64, 5];

function checkpointOf(epoch: number, folders = ["trial000", "trial001"]): Checkpoint {
  const random = createRandom(epoch);
  const normals = (size: number) =>
    Float32Array.from({ length: size * folders.length }, () => random.normal());
  const rows = () => normals(ROW);
  const metrics = () => {
    const [loss, ce, accuracy] = [random.uniform(), random.uniform(), random.uniform()];
    return { loss, ce, accuracy };
  };
  const curve = (length: number) => Array.from({ length }, metrics);
  const history = (length: number) => ({ train: curve(length), valid: curve(length) });
  return {
    settings: { seed: 3, classes: ["a", "Σ"] },
    folders,
    epoch,
    made: "a machine",
    spent: 2.5 * epoch,
    begun: { steps: epoch % 2, seconds: 1.5, records: epoch % 2 ? normals(4 * STEPS) : undefined },
    parameters: rows(),
    m: rows(),
    v: rows(),
    kept: rows(),
    histories: folders.map((_, i) => history(epoch - i)), // the second one diverged
  };
}

test("readCheckpoint gives what writeCheckpoint was given; the newest of two", async (dir) => {
  assertEquals(await readCheckpoint(dir), undefined);
  for (const epoch of [4, 5, 6]) await writeCheckpoint(dir, checkpointOf(epoch));
  assertEquals(await readCheckpoint(dir), { checkpoint: checkpointOf(6) });
  await removeCheckpoints(dir);
  assertEquals([...Deno.readDirSync(dir)], []);
});

test("readCheckpoint notices 1 000 cuts and flips, uses the one before and says so", async (dir) => {
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
});

test("keepCheckpoints takes histories as they are then, and throws later what the disk said", async (dir) => {
  const { settings, made, folders, ...state } = checkpointOf(5);
  const keeper = keepCheckpoints(dir, { settings, made, folders });
  assert(keeper.isDue());
  await keeper.write(state);
  state.histories[0].train.pop();
  await keeper.flush();
  assertEquals(await readCheckpoint(dir), { checkpoint: checkpointOf(5) });
  await Deno.remove(dir, { recursive: true });
  await Deno.writeTextFile(dir, "a file in the folder's place");
  await keeper.write(state);
  await assertRejects(() => keeper.flush(), Error, `Cannot write ${dir}/checkpoint.bin`);
  await assertRejects(() => keeper.write(state), Error, "checkpoint.bin");
  await Deno.remove(dir);
  await Deno.mkdir(dir);
});

test("writeCheckpoint keeps the newest one in its place until the next is on the disk", async (dir) => {
  await writeCheckpoint(dir, checkpointOf(4));
  await writeCheckpoint(dir, checkpointOf(5));
  const { rename } = Deno;
  const moved: string[] = [];
  using _ = replaced(Deno, "rename", async (from, to) => {
    const bytes = await Deno.readFile(from);
    assert(bytes.length > 1000); // what takes a name is whole
    moved.push(String(to).slice(dir.length + 1));
    await rename(from, to);
  });
  await writeCheckpoint(dir, checkpointOf(6));
  assertEquals(moved, ["checkpoint.previous.bin", "checkpoint.bin"]);
  assertEquals((await readCheckpoint(dir))?.checkpoint.epoch, 6);
});

Deno.test("selectTrials takes the rows and curves of some trials", () => {
  const checkpoint = checkpointOf(5, ["trial003", "trial004", "trial007"]);
  const selected = selectTrials(checkpoint, ["trial007", "trial003"]);
  const { folders, parameters, kept, begun, histories } = selected;
  assertEquals(folders, ["trial007", "trial003"]);
  assertEquals(parameters.subarray(ROW), checkpoint.parameters.subarray(0, ROW));
  assertEquals(kept.subarray(0, ROW), checkpoint.kept.subarray(2 * ROW));
  const records = (trial: number) =>
    checkpoint.begun.records!.subarray(4 * STEPS * trial, 4 * STEPS * (trial + 1));
  assertEquals(begun, { ...checkpoint.begun, records: begun.records });
  assertEquals([...begun.records!], [...records(2), ...records(0)]);
  assert(histories[0] === checkpoint.histories[2]);
});
