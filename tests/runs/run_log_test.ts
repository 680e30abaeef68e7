import { openLog, type RunLog } from "../../src/runs/run_log.ts";
import type { RunTrial } from "../../src/runs/trial.ts";
import { withLock } from "../../src/io/lock.ts";
import { isEventsFile } from "../../src/runs/file_names.ts";
import { assertEquals, assertStringIncludes } from "../helpers/assert.ts";
import { readEvents } from "../helpers/read_events.ts";
import { test } from "../helpers/folders.ts";

const trial = (number: number): RunTrial => ({ folder: `trial00${number}`, trial: number });
const metrics = (value: number) => ({ loss: value, ce: value / 2, accuracy: value / 4 });
const entry = (trial: RunTrial, value: number) => (
  { trial, train: metrics(value), valid: metrics(-value) }
);

async function eventsOf(dir: string) {
  const names = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
  const files = names.filter(isEventsFile);
  assertEquals(files.length, 1);
  return readEvents(await Deno.readFile(`${dir}/${files[0]}`));
}

test("openLog writes a row for each trial and epoch, as it goes", async (dir) => {
  const trials = [trial(0), trial(3)];
  const log = await openLog(dir, trials);
  assertEquals(
    await Deno.readTextFile(`${dir}/metrics.csv`),
    "trial,epoch,train_loss,train_ce,train_accuracy,valid_loss,valid_ce,valid_accuracy\n",
  );
  log.add(1, trials.map((trial, i) => entry(trial, i + 1)));
  assertEquals(log.failure(), undefined);
  const [, ...rows] = (await Deno.readTextFile(`${dir}/metrics.csv`)).split("\n");
  assertEquals(rows, ["0,1,1,0.5,0.25,-1,-0.5,-0.25", "3,1,2,1,0.5,-2,-1,-0.5", ""]);
});

test("openLog writes an event file for each trial, and one with their mean above", async (dir) => {
  const trials = [trial(0), trial(1), trial(2)];
  const log = await openLog(dir, trials);
  log.add(1, trials.map((trial, i) => entry(trial, 8 * (i + 1))));
  log.add(2, trials.slice(0, 2).map((trial, i) => entry(trial, 16 * (i + 1)))); // one diverged
  assertEquals(log.failure(), undefined);
  const [version, ...epochs] = await eventsOf(`${dir}/trial001`);
  assertEquals(version.version, "brain.Event:2");
  assertEquals(epochs.map(({ step }) => step), [1, 2]);
  assertEquals(epochs[1].scalars, {
    "train/loss": 32,
    "train/ce": 16,
    "train/accuracy": 8,
    "valid/loss": -32,
    "valid/ce": -16,
    "valid/accuracy": -8,
  });
  const means = await eventsOf(dir);
  assertEquals(means.map(({ step }) => step), [0, 1, 2]);
  assertEquals(means[2].scalars["train/loss"], (16 + 32) / 2);
});

test("openLog gives no mean of trials that train one after the other", async (dir) => {
  const trials = [trial(0), trial(1)];
  const log = await openLog(dir, trials);
  for (const trial of trials) log.add(1, [entry(trial, 1)]);
  assertEquals([...Deno.readDirSync(dir)].filter(({ name }) => isEventsFile(name)), []);
});

/** The names of the event files in a folder, without the time. */
const listEvents = (dir: string) =>
  [...Deno.readDirSync(dir)].map(({ name }) => name).filter(isEventsFile)
    .map((name) => name.replace(/^.*\.skreg/, ""));

/** Notes in config.json, as a run does before it opens its log, which trials it is about to train. */
async function begin(dir: string, ...runs: RunTrial[][]): Promise<void> {
  const [last, ...earlier] = runs.reverse().map((run) => ({
    trials: run.map(({ folder }) => folder),
  }));
  await Deno.writeTextFile(`${dir}/config.json`, JSON.stringify({ ...last, earlier }));
}

test("openLog writes a mean over all trials of a folder, never over a part", async (dir) => {
  const [first, second, both] = [
    [trial(0), trial(1)],
    [trial(2), trial(3)],
    [0, 1, 2, 3].map(trial),
  ];
  const add = (log: RunLog, epoch: number, trials: RunTrial[]) =>
    log.add(epoch, trials.map((trial) => entry(trial, 1)));
  await begin(dir, first);
  const early = await openLog(dir, first);
  add(early, 1, first);
  assertEquals(listEvents(dir), [".mean2"]); // all that there are
  await begin(dir, first, second);
  const late = await openLog(dir, second);
  assertEquals(listEvents(dir), []);
  add(late, 1, second);
  add(early, 2, first);
  assertEquals(listEvents(dir), []);
  await early.sort();

  await begin(dir, first, second, both); // anew, all of them
  add(await openLog(dir, both), 1, both);
  assertEquals(listEvents(dir), [".mean4"]);
  await begin(dir, first, second, both, first);
  await openLog(dir, [], { all: first }); // they are finished
  await openLog(dir, second.slice(0, 1), { all: both }); // this one is not, and trains alone
  assertEquals(listEvents(dir), [".mean4"]);
  for (const { folder } of both) assertEquals(listEvents(`${dir}/${folder}`).length <= 1, true);
});

test("openLog drops a mean when others begin trials while its last epoch is trained", async (dir) => {
  const trials = [trial(0)];
  await begin(dir, trials);
  const log = await openLog(dir, trials);
  log.add(1, [entry(trials[0], 1)]);
  await begin(dir, trials, [trial(1)]);
  assertEquals(listEvents(dir), [".mean1"]);
  await log.sort();
  assertEquals([listEvents(dir), log.failure()], [[], undefined]);
});

test("openLog knows a part by its first trial's number, where no other is known", async (dir) => {
  const trials = [trial(2), trial(3)];
  const log = await openLog(dir, trials);
  log.add(1, trials.map((trial) => entry(trial, 1)));
  assertEquals([listEvents(dir), listEvents(`${dir}/trial003`)], [[], [""]]);
});

test("openLog takes the trials of each α of a grid together", async (dir) => {
  const cell = (alpha: number) =>
    [0, 1].map((trial): RunTrial => ({ folder: `l2_alpha${alpha}/trial00${trial}`, trial }));
  await begin(dir, cell(1), cell(4));
  const log = await openLog(dir, cell(4), { all: [...cell(1), ...cell(4)] });
  log.add(1, cell(4).map((trial) => entry(trial, 1)));
  assertEquals([listEvents(`${dir}/l2_alpha4`), listEvents(dir)], [[], []]);
  const all = [...cell(1), ...cell(4)];
  const whole = await openLog(dir, all);
  whole.add(1, all.map((trial) => entry(trial, 1)));
  for (const alpha of [1, 4]) assertEquals(listEvents(`${dir}/l2_alpha${alpha}`), [".mean2"]);
});

test("openLog logs anew what trials brought until their checkpoint, and mends a cut line", async (dir) => {
  const trials = [trial(0), trial(1)];
  const before = await openLog(dir, trials);
  for (const epoch of [1, 2, 3]) before.add(epoch, trials.map((trial) => entry(trial, epoch)));
  const whole = await Deno.readTextFile(`${dir}/metrics.csv`);
  await Deno.writeTextFile(`${dir}/metrics.csv`, `${whole}1,4,0.`);
  const curve = [1, 2].map((epoch) => ({ train: metrics(epoch), valid: metrics(-epoch) }));
  const history = { train: curve.map((it) => it.train), valid: curve.map((it) => it.valid) };
  const restored = new Map(trials.map((trial) => [trial, history]));
  const log = await openLog(dir, trials, { restored });
  log.add(3, trials.map((trial) => entry(trial, 3)));
  assertEquals(await Deno.readTextFile(`${dir}/metrics.csv`), whole);
  for (const folder of [dir, `${dir}/trial001`]) {
    assertEquals((await eventsOf(folder)).map(({ step }) => step), [0, 1, 2, 3]);
  }
});

test("openLog forgets an earlier attempt at the same trials, and no other", async (dir) => {
  const before = await openLog(dir, [trial(0), trial(1)]);
  for (const epoch of [1, 2]) before.add(epoch, [entry(trial(0), 1), entry(trial(1), 2)]);
  const log = await openLog(dir, [trial(1)]);
  log.add(1, [entry(trial(1), 3)]);
  const [, ...rows] = (await Deno.readTextFile(`${dir}/metrics.csv`)).trim().split("\n");
  assertEquals(rows.map((row) => row.split(",").slice(0, 3).join()), ["0,1,1", "0,2,1", "1,1,3"]);
  assertEquals((await eventsOf(`${dir}/trial001`)).length, 2);
  assertEquals((await eventsOf(`${dir}/trial000`)).length, 3);
});

test("openLog keeps the rows of a file whose lines end as on Windows", async (dir) => {
  (await openLog(dir, [trial(0)])).add(1, [entry(trial(0), 1)]);
  const whole = await Deno.readTextFile(`${dir}/metrics.csv`);
  await Deno.writeTextFile(`${dir}/metrics.csv`, whole.replaceAll("\n", "\r\n"));
  await openLog(dir, [trial(1)]);
  assertEquals(await Deno.readTextFile(`${dir}/metrics.csv`), whole);
});

test("openLog says what could not be written, and stops nothing", async (dir) => {
  const log = await openLog(dir, [trial(0)]);
  await Deno.writeTextFile(`${dir}/trial000`, "in the way");
  log.add(1, [entry(trial(0), 1)]);
  log.add(2, [entry(trial(0), 1)]);
  assertStringIncludes(log.failure()!, `${dir}/trial000`);
  const rows = (await Deno.readTextFile(`${dir}/metrics.csv`)).trim().split("\n");
  assertEquals(rows.length, 3); // the rows are there all the same
});

test("openLog's add waits for nobody: rows come when the folder is free", async (dir) => {
  const log = await openLog(dir, [trial(0)]);
  const rows = async () =>
    (await Deno.readTextFile(`${dir}/metrics.csv`)).trim().split("\n").length - 1;
  await withLock(dir, async () => {
    log.add(1, [entry(trial(0), 1)]);
    assertEquals(await rows(), 0);
  });
  log.add(2, [entry(trial(0), 1)]);
  assertEquals(await rows(), 2);
  await withLock(dir, async () => {
    log.add(3, [entry(trial(0), 1)]);
    await log.sort();
    assertEquals(await rows(), 3);
  });
  assertEquals(log.failure(), undefined);
});

test("openLog: sort gives the same file however trials were interrupted, numbers by size", async (dir) => {
  const of = (mode: "l2" | "sk", alpha: number): RunTrial => (
    { folder: `${mode}_alpha${alpha}`, trial: 0, mode, alpha }
  );
  const keys = ["mode", "alpha"] as const;
  const trials = [of("l2", 2), of("l2", 16), of("sk", 0.5)];
  const log = await openLog(dir, trials, { keys });
  for (const epoch of [9, 10]) log.add(epoch, trials.map((trial) => entry(trial, epoch)));
  await log.sort();
  const whole = await Deno.readTextFile(`${dir}/metrics.csv`);
  const again = await openLog(dir, trials.slice(0, 1), { keys }); // the others are finished
  for (const epoch of [9, 10]) again.add(epoch, [entry(trials[0], epoch)]);
  assertEquals((await Deno.readTextFile(`${dir}/metrics.csv`)) === whole, false);
  await again.sort();
  assertEquals(await Deno.readTextFile(`${dir}/metrics.csv`), whole);
  const [, ...rows] = whole.trim().split("\n");
  assertEquals(rows.map((row) => row.split(",").slice(0, 3).join()), [
    ...["l2,2,9", "l2,2,10", "l2,16,9", "l2,16,10", "sk,0.5,9", "sk,0.5,10"],
  ]);
  await Deno.remove(`${dir}/metrics.csv`);
  await log.sort();
  assertStringIncludes(log.failure()!, "metrics.csv");
});
