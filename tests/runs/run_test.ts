import { createConfig } from "../../src/runs/config.ts";
import { Failure } from "../../src/failure.ts";
import type { RunPlan } from "../../src/runs/claim_trials.ts";
import { readCheckpoint, writeCheckpoint } from "../../src/runs/checkpoint.ts";
import { openRun } from "../../src/runs/run.ts";
import type { RunTrial } from "../../src/runs/trial.ts";
import { exists, readJson } from "../../src/io/files.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../helpers/assert.ts";
import { madeUpState, shareFolder } from "../../tasks/torture/sharing.ts";
import { race } from "../helpers/starters.ts";
import { list, make, makePipe, test, writeFolder } from "../helpers/folders.ts";

const trials = (...numbers: number[]) =>
  numbers.map((trial) => ({ folder: `trial00${trial}`, trial }));
const plan = (change: Partial<RunPlan> = {}): RunPlan => ({
  task: "phase1",
  trials: trials(0, 1),
  settings: { seed: 0, epochs: 3 },
  made: { command: "deno task phase1", seed: 0, adapter: null, options: { epochs: 3 } },
  overwrite: false,
  resume: false,
  ...change,
});

const curve = [{ loss: 1, ce: 1, accuracy: 0.5 }];
/** What a training makes of a trial. */
const resultOf = (trial: RunTrial) => ({
  trial,
  history: { train: curve, valid: curve },
  weights: new Map([["conv2d_1.bias", { shape: [1], data: Float32Array.of(1) }]]),
});

/** Trains the first few of a plan's trials. */
async function runSome(dir: string, plan: RunPlan, count: number): Promise<string[]> {
  using run = await openRun(dir, plan);
  await run.save(run.remaining.slice(0, count).map(resultOf));
  return run.remaining.map(({ folder }) => folder);
}

/** Opens a run that dies before it trains anything. */
const begin = async (dir: string, plan: RunPlan) => (await openRun(dir, plan)).close();

test("openRun notes how a run is made before it trains", async (dir) => {
  await begin(`${dir}/run`, plan());
  const config = await readJson<ReturnType<typeof createConfig>>(`${dir}/run/config.json`);
  assertEquals([config.task, config.command], ["phase1", "deno task phase1"]);
  assertEquals(config.trials, ["trial000", "trial001"]);
  assertEquals(config.versions.deno, Deno.version.deno);
});

test("openRun goes on with --resume: finished trials are kept, the others trained", async (dir) => {
  await runSome(dir, plan(), 1);
  const error = await assertRejects(() => openRun(dir, plan()), Error, "1 of 2 finished");
  assertEquals(error.message.includes("--resume"), true);
  assertEquals(await runSome(dir, plan({ resume: true }), 1), ["trial001"]);
  assertEquals(await runSome(dir, plan({ resume: true }), 1), []);
  const more = plan({ resume: true, trials: trials(0, 1, 2) });
  assertEquals(await runSome(dir, more, 1), ["trial002"]);
  const { earlier } = await readJson<{ earlier: unknown[] }>(`${dir}/config.json`);
  assertEquals(earlier.length, 3);
});

test("openRun goes on with a run of an earlier version, whose settings said more", async (dir) => {
  await leaveCheckpoint(dir, plan({ settings: { seed: 0, epochs: 3, seeds: 2 } }), 1);
  using run = await openRun(dir, plan({ resume: true }));
  const [{ trials, from }] = await run.groups(9);
  assertEquals([trials.length, from?.epoch], [2, 1]);
});

test("openRun lets another part of the same experiment in", async (dir) => {
  const first = await openRun(dir, plan()); // still training
  assertEquals(await runSome(dir, plan({ trials: trials(2) }), 1), ["trial002"]);
  const again = plan({ trials: trials(1, 2) });
  const says = `trial001: process ${Deno.pid} `;
  const error = await assertRejects(() => openRun(dir, again), Failure, says);
  assertEquals((error as Failure).kind, "locked");
  await assertRejects(() => openRun(dir, plan({ resume: true })), Failure, "is at work there");
  first.close();
  await assertRejects(() => openRun(dir, again), Error, "1 of 2 finished");
});

test("openRun waits for a trial that another process trains, as long as it is told to", async (dir) => {
  const first = await openRun(dir, plan());
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  setTimeout(first.close, 200);
  using second = await openRun(dir, plan({ resume: true, wait: 60, tell }));
  assertEquals([second.remaining.length, told.length], [2, 1]);
  assertStringIncludes(told[0], `process ${Deno.pid} on ${Deno.hostname()}`);
  setTimeout(second.close, 200);
  const other = plan({ settings: { seed: 1 }, trials: trials(2), overwrite: true, wait: 60 });
  using third = await openRun(dir, other); // which may set aside nobody's work
  assertEquals(third.remaining.length, 1);
});

test("openRun writes nothing more once another host has taken a trial, whom no lock stopped", async (dir) => {
  using run = await openRun(dir, plan());
  const keeper = run.checkpoint(run.trials);
  const entry = { trial: run.trials[1], train: curve[0], valid: curve[0] };
  run.add(1, [entry]);
  const other = "process 5 on n9, since 2026-11-30T14:03:00.000Z,\nabc 4711 n9\n";
  await Deno.writeTextFile(`${dir}/trial001/.running`, other);
  const before = await Deno.readTextFile(`${dir}/metrics.csv`);
  for (
    const write of [
      () => Promise.try(() => run.add(2, [entry])),
      () => keeper.write(madeUpState(1, 2)),
      () => run.save([resultOf(run.trials[1])]),
    ]
  ) {
    const error = await assertRejects(write, Failure, "trial001: process 5 on n9");
    assertEquals((error as Failure).kind, "locked");
  }
  run.add(1, [{ ...entry, trial: run.trials[0] }]); // which is still its own
  run.close();
  assertEquals((await Deno.readTextFile(`${dir}/metrics.csv`)).startsWith(before), true);
  assertEquals(await Deno.readTextFile(`${dir}/trial001/.running`), other);
  assertEquals(await exists(`${dir}/trial000/checkpoint.bin`), false);
  assertEquals(await exists(`${dir}/trial001/cnn.h5`), false);
});

test("openRun with resume logs trials that were made elsewhere, and each epoch once", async (dir) => {
  const settings = { seed: 0, epochs: 1 };
  const log = async (folder: string, wanted: RunPlan) => {
    using run = await openRun(folder, wanted);
    for (const trial of run.remaining) run.add(1, [{ trial, train: curve[0], valid: curve[0] }]);
    const results = run.remaining.map(resultOf);
    if (results.length > 0) await run.save(results);
    return await Deno.readTextFile(`${folder}/metrics.csv`);
  };
  const whole = await log(`${dir}/whole`, plan({ settings }));
  await log(`${dir}/one`, plan({ settings, trials: trials(0) }));
  await log(`${dir}/other`, plan({ settings, trials: trials(1) }));
  await Deno.rename(`${dir}/other/trial001`, `${dir}/one/trial001`);
  assertEquals(await log(`${dir}/one`, plan({ settings, resume: true })), whole);
  await Deno.writeTextFile(`${dir}/one/metrics.csv`, whole + whole.split("\n")[1] + "\n");
  assertEquals(await log(`${dir}/one`, plan({ settings, resume: true })), whole);
  await Deno.remove(`${dir}/one/metrics.csv`);
  assertEquals(await log(`${dir}/one`, plan({ settings, resume: true })), whole);
});

test("openRun keeps experiments apart, and says what differs", async (dir) => {
  await runSome(dir, plan(), 2);
  const other = { settings: { seed: 0, epochs: 4 } };
  await assertRejects(() => openRun(dir, plan(other)), Error, "(epochs was 3, now 4)");
  const resumed = plan({ ...other, resume: true });
  await assertRejects(() => openRun(dir, resumed), Error, `Cannot resume ${dir}`);
  await assertRejects(() => openRun(dir, plan({ task: "phase2" })), Error, "an earlier run");
  assertEquals(await exists(`${dir}/trial001/cnn.h5`), true);
  const both = plan({ overwrite: true, resume: true });
  await assertRejects(() => openRun(dir, both), RangeError, "choose one");
});

test("openRun with overwrite keeps earlier results until the first new trial is saved", async (dir) => {
  await runSome(dir, plan(), 2);
  const other = plan({ settings: { seed: 0, epochs: 4 }, overwrite: true });
  await begin(dir, other);
  assertEquals(await exists(`${dir}/trial000/cnn.h5`), false);
  assertEquals(await exists(`${dir}/previous/trial001/cnn.h5`), true);
  await begin(dir, plan({ settings: { seed: 5 }, overwrite: true }));
  assertEquals(await exists(`${dir}/previous/trial001/cnn.h5`), true);
  await runSome(dir, { ...other, trials: trials(0) }, 1);
  assertEquals(await exists(`${dir}/previous`), false);
  assertEquals(await exists(`${dir}/trial000/cnn.h5`), true);
});

test("openRun removes what a killed run left half written, where nobody else is at work", async (dir) => {
  await begin(dir, plan());
  const left = ["augmented.png.0123abcd.tmp", "trial001/cnn.h5.0123abcd.tmp"];
  const leave = () => Promise.all(left.map((name) => Deno.writeTextFile(`${dir}/${name}`, "")));
  const kept = () => Promise.all(left.map((name) => exists(`${dir}/${name}`)));
  await leave();
  const other = await openRun(dir, plan({ trials: trials(5) }));
  await leave();
  await begin(dir, plan({ resume: true }));
  assertEquals(await kept(), [true, false]); // the first may be the other's
  other.close();
  await begin(dir, plan({ resume: true }));
  assertEquals(await kept(), [false, false]);
});

test("openRun goes on where a run was killed before its config.json was there", async (dir) => {
  for (const change of [{ resume: true }, {}]) {
    await Deno.mkdir(`${dir}/run/trial000`, { recursive: true });
    await Deno.writeTextFile(`${dir}/run/trial000/.running`, "process 1, since 2026,");
    await Deno.writeTextFile(`${dir}/run/config.json.0123abcd.tmp`, "{");
    assertEquals(await runSome(`${dir}/run`, plan(change), 2), ["trial000", "trial001"]);
    assertEquals((await list(`${dir}/run`)).filter((name) => /tmp|previous/.test(name)), []);
    await Deno.remove(`${dir}/run`, { recursive: true });
  }
});

test("openRun with overwrite replaces trials of the same experiment one by one", async (dir) => {
  await runSome(dir, plan(), 2);
  const again = plan({ trials: trials(1), overwrite: true });
  assertEquals(await runSome(dir, again, 1), ["trial001"]);
  assertEquals(await exists(`${dir}/trial000/cnn.h5`), true);
});

test("openRun refuses others' files, a file in a trial's place, and a network in a data set", async (dir) => {
  await make(dir, "thesis.tex", "run/trial001");
  await assertRejects(() => openRun(dir, plan({ overwrite: true })), Error, "other files");
  await assertRejects(() => openRun(`${dir}/run`, plan()), Error);
  await runSome(`${dir}/set`, plan(), 2);
  const single = plan({ trials: [{ folder: ".", trial: 0 }], overwrite: true });
  await assertRejects(() => openRun(`${dir}/set`, single), Error, "it holds a data set");
  assertEquals(await exists(`${dir}/thesis.tex`), true);
});

/** Keeps a checkpoint of a run's trials and dies. */
async function leaveCheckpoint(dir: string, plan: RunPlan, epoch: number): Promise<void> {
  using run = await openRun(dir, plan);
  const keeper = run.checkpoint(run.remaining);
  await keeper.write(madeUpState(epoch, run.remaining.length));
  await keeper.flush();
}

test("openRun goes on from checkpoints, of each trial the latest, in groups that fit", async (dir) => {
  await leaveCheckpoint(dir, plan({ trials: trials(0, 1, 2, 3) }), 2);
  const again = plan({ trials: trials(0, 1, 2, 3, 4), resume: true });
  const run = await openRun(dir, again);
  const groups = (await run.groups(1)).map(({ trials, from }) => [trials[0].folder, from?.epoch]);
  run.close();
  assertEquals(groups.map(([, epoch]) => epoch), [2, 2, 2, 2, undefined]);
  assertEquals(groups.map(([folder]) => folder), again.trials.map(({ folder }) => folder));
  const [own] = run.remaining.slice(2); // it goes on alone, now that it has a checkpoint of its own
  await leaveCheckpoint(dir, plan({ trials: [own], resume: true }), 5);
  const later = await openRun(dir, again);
  const epochs = (await later.groups(9)).map(({ trials, from }) => [trials.length, from?.epoch]);
  later.close();
  assertEquals(epochs, [[1, 5], [1, 2], [1, 2], [1, 2], [1, undefined]]);
});

test("openRun refuses to go on with some of the trials that stand together", async (dir) => {
  await leaveCheckpoint(dir, plan({ trials: trials(0, 1, 2) }), 4);
  const fewer = plan({ trials: trials(0, 1), resume: true });
  await assertRejects(() => openRun(dir, fewer), Error, "without trial002: they stand together");
  using run = await openRun(dir, plan({ trials: trials(0, 1, 2), resume: true }));
  assertEquals((await run.groups(9))[0].from?.epoch, 4);
});

test("openRun refuses 8 kinds of change at resume by name", async (dir) => {
  const changes = {
    seed: [0, 1],
    epochs: [3, 4],
    batch: [8, 4],
    alpha: [1, 2],
    size: [64, 80],
    normalize: ["authors", "data"],
    classes: [["a", "b"], ["a", "c"]],
    data: ["0".repeat(128), "1".repeat(128)],
  };
  const settings = Object.fromEntries(Object.entries(changes).map(([name, [was]]) => [name, was]));
  await leaveCheckpoint(dir, plan({ settings }), 1);
  for (const [name, [, now]] of Object.entries(changes)) {
    const changed = plan({ settings: { ...settings, [name]: now }, resume: true });
    const error = await assertRejects(() => openRun(dir, changed), Error, `Cannot resume ${dir}`);
    assertStringIncludes(error.message, name);
  }
  // Changed code: a checkpoint of another version of this program.
  const config = await Deno.readTextFile(`${dir}/config.json`);
  await Deno.writeTextFile(
    `${dir}/config.json`,
    config.replaceAll(/"version": "[^"]+"/g, `"version": "0.0.1"`),
  );
  const same = plan({ settings, resume: true });
  await assertRejects(() => openRun(dir, same), Error, `version was "0.0.1", now`);
});

test("openRun takes a run whose settings do not say fb for one without", async (dir) => {
  await runSome(dir, plan(), 1);
  const { settings } = plan(),
    again = (fb: boolean) => plan({ settings: { ...settings, fb }, resume: true });
  await assertRejects(() => openRun(dir, again(true)), Error, "(fb was false, now true)");
  assertEquals(await runSome(dir, again(false), 1), ["trial001"]);
  await assertRejects(() => openRun(dir, again(true)), Error, "(fb was false, now true)");
});

test("openRun refuses to go on with other code, and forgets a damaged checkpoint it passed over", async (dir) => {
  for (const epoch of [1, 2]) {
    await leaveCheckpoint(dir, plan({ trials: trials(0), resume: true }), epoch);
  }
  const newest = `${dir}/trial000/checkpoint.bin`;
  await Deno.writeTextFile(newest, "damaged");
  const again = plan({ trials: trials(0), resume: true });
  const run = await openRun(dir, again);
  assertStringIncludes(run.warnings.join(), "going on from the one before, epoch 1");
  run.close();
  assertEquals(await exists(newest), false); // else it would take the place of the whole one
  const { checkpoint } = (await readCheckpoint(`${dir}/trial000`))!;
  assertEquals(checkpoint.epoch, 1);
  const settings = { ...checkpoint.settings, code: "0123456789abcdef" };
  await writeCheckpoint(`${dir}/trial000`, { ...checkpoint, settings });
  const error = await assertRejects(() => openRun(dir, again), Failure, "code was");
  assertEquals((error as Failure).kind, "input");
});

test("openRun says so where a finished trial's damaged checkpoint may be that of others", async (dir) => {
  await leaveCheckpoint(dir, plan(), 2);
  await Deno.writeTextFile(`${dir}/trial000/checkpoint.bin`, "damaged");
  await Deno.writeTextFile(`${dir}/trial000/cnn.h5`, "finished");
  const again = () => openRun(dir, plan({ resume: true }));
  await assertRejects(again, Failure, "trial000/checkpoint.bin: it is damaged");
});

test("openRun removes the checkpoints of a run that was killed after its last trial", async (dir) => {
  await leaveCheckpoint(dir, plan(), 2);
  await make(dir, "trial000/cnn.h5", "trial001/cnn.h5");
  using run = await openRun(dir, plan({ resume: true }));
  assertEquals(run.remaining, []);
  assertEquals(await exists(`${dir}/trial000/checkpoint.bin`), false);
});

test("openRun keeps a checkpoint from which others than the finished trials go on", async (dir) => {
  await leaveCheckpoint(dir, plan({ trials: trials(0, 1, 2) }), 2);
  await make(dir, "trial000/cnn.h5", "trial001/cnn.h5");
  const finished = await openRun(dir, plan({ resume: true }));
  finished.close();
  using run = await openRun(dir, plan({ trials: trials(0, 1, 2), resume: true }));
  const groups = (await run.groups(9)).map(({ trials, from }) => [trials[0].folder, from?.epoch]);
  assertEquals([finished.remaining, groups], [[], [["trial002", 2]]]);
});

test("openRun's save leaves the checkpoint of a process that trains a trial anew meanwhile", async (dir) => {
  await leaveCheckpoint(dir, plan(), 2);
  await Deno.writeTextFile(`${dir}/trial000/cnn.h5`, "finished");
  using run = await openRun(dir, plan({ trials: trials(1), resume: true }));
  await leaveCheckpoint(dir, plan({ trials: trials(0), overwrite: true }), 1);
  using _other = await openRun(dir, plan({ trials: trials(0), resume: true }));
  await run.save([resultOf(run.trials[0])]);
  assertEquals((await readCheckpoint(`${dir}/trial000`))?.checkpoint.epoch, 1);
});

test("openRun follows no link out of its folder, and waits for no pipe", async (dir) => {
  await writeFolder(dir, { "mine/cnn.h5": "mine", victim: "mine" });
  const links: [link: string, target: string, says: string][] = [
    ["run/trial001", "mine", "trial001: it is a symbolic link"],
    ["run/trial001/.running", "victim", ".running: it is a symbolic link"],
    ["run/.lock", "victim", ".lock: it is a symbolic link"],
  ];
  for (const [link, target, says] of links) {
    await runSome(`${dir}/run`, plan(), 1);
    await Deno.remove(`${dir}/${link}`, { recursive: true });
    await Deno.symlink(`${dir}/${target}`, `${dir}/${link}`);
    const again = () => openRun(`${dir}/run`, plan({ overwrite: true }));
    await assertRejects(again, Failure, says);
    await Deno.remove(`${dir}/run`, { recursive: true });
  }
  for (const path of ["mine/cnn.h5", "victim"]) {
    assertEquals(await Deno.readTextFile(`${dir}/${path}`), "mine");
  }
  await Deno.mkdir(`${dir}/run`);
  await makePipe(`${dir}/run/.lock`);
  const open = () => openRun(`${dir}/run`, plan());
  await assertRejects(open, Failure, ".lock: it is not a regular file");
});

test("openRun with overwrite waits for nobody's trial, and resumes as not finished", async (dir) => {
  await runSome(dir, plan({ trials: trials(0) }), 1);
  const other = await openRun(dir, plan({ trials: trials(5) })); // trains
  const changed = plan({ settings: { seed: 9 }, overwrite: true });
  await assertRejects(() => openRun(dir, changed), Failure, "is at work there");
  assertEquals(await exists(`${dir}/trial000/cnn.h5`), true);
  other.close();
  await leaveCheckpoint(dir, plan({ trials: trials(0), overwrite: true }), 1);
  using run = await openRun(dir, plan({ trials: trials(0), resume: true }));
  assertEquals((await run.groups(9)).map(({ from }) => from?.epoch), [1]);
  assertEquals(await exists(`${dir}/previous/trial000/cnn.h5`), true);
});

test("openRun lets exactly one of 12 starters in, 10 times of 10, and tells the others whom", async (dir) => {
  const folders = Array.from({ length: 10 }, (_, round) => `${dir}/run${round}`);
  for (const { winners, losers } of await race(folders, 12)) {
    assertEquals([winners.length, losers.length], [1, 11], losers.join("\n"));
    for (const said of losers) {
      assertStringIncludes(said, "locked: Cannot write");
      assertStringIncludes(said, `process ${winners[0]} on ${Deno.hostname()}, since 20`);
    }
  }
});

/** What looks at files, or changes them. */
const LOOKS = [
  "stat",
  "lstat",
  "readDir",
  "readFile",
  "open",
  "mkdir",
  "rename",
  "remove",
] as const;

/** Runs work, and something else just before one of its looks at files. @returns All its looks. */
async function disturb(work: () => Promise<void>, at: number, act: () => void): Promise<number> {
  // deno-lint-ignore no-explicit-any
  const deno = Deno as any;
  const real = LOOKS.map((name) => deno[name]);
  let looks = 0;
  for (const [i, name] of LOOKS.entries()) {
    deno[name] = (...args: unknown[]) => {
      if (++looks === at) act();
      return real[i](...args);
    };
  }
  try {
    await work();
  } finally {
    for (const [i, name] of LOOKS.entries()) deno[name] = real[i];
  }
  return looks;
}

test("openRun does not mind what a run beside it removes or moves, whenever it does", async (dir) => {
  await leaveCheckpoint(dir, plan({ trials: trials(0) }), 1);
  const whole = await Deno.readFile(`${dir}/trial000/checkpoint.bin`);
  const [newest, before, next, previous] = [
    ...["trial000/checkpoint.bin", "trial000/checkpoint.previous.bin"],
    ...["trial000/checkpoint.bin.0123abcd.tmp", "previous/trial000/cnn.h5"],
  ].map((name) => `${dir}/${name}`);
  const acts = [
    function remove() {
      for (const path of [before, newest, next]) Deno.removeSync(path);
      Deno.removeSync(`${dir}/previous`, { recursive: true });
    },
    function move() {
      Deno.renameSync(newest, before);
      Deno.renameSync(next, newest);
    },
  ];
  for (const act of acts) {
    for (let at = 1, looks = 1; at <= looks; at++) {
      await Deno.mkdir(`${dir}/previous/trial000`, { recursive: true });
      for (const path of [newest, before, next, previous]) await Deno.writeFile(path, whole);
      const start = async () => {
        using run = await openRun(dir, plan({ trials: trials(1), resume: true }));
        assertEquals((await run.groups(1)).map(({ from }) => from), [undefined]);
      };
      looks = await disturb(start, at, act).catch((error) => {
        throw new Error(`${act.name} before look ${at}: ${error.message}`);
      });
    }
  }
});

test("openRun meets no fault while two processes write in one folder (deno task torture --sharing=60)", async (dir) => {
  const { tries, faults } = await shareFolder(`${dir}/run`, { processes: 2, seconds: 0.5 });
  assertEquals(faults, []);
  assert(tries > 100, `${tries} tries are too few to meet anything`);
});
