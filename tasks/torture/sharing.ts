/**
 * Processes that train different trials of one folder at the same time, as fast as the disk lets them:
 * each over and over begins its own trial anew, goes on with it and finishes it, while it looks at the
 * checkpoints of all. None may be disturbed by what the others write and remove meanwhile.
 *
 * @module
 */
import { metricsFile, trialName } from "../../src/runs/file_names.ts";
import { restoreGroups } from "../../src/runs/resume.ts";
import { openRun } from "../../src/runs/run.ts";

/** What came of it. */
export interface Sharing {
  /** How often a folder was taken or its checkpoints were looked for. */
  tries: number;
  /** What must not have happened. */
  faults: string[];
}

/** Floats of a trial's parameters. */
const ROW = 64;
/** Epochs of a trial's training. */
const EPOCHS = 3;
/** Checkpoints that are written in each epoch. */
const WRITES = 5;

/**
 * Starts processes that share a folder.
 *
 * @param dir The folder, absolute or below this program's; made.
 * @param deno As for `start` of start.ts.
 */
export async function shareFolder(
  dir: string,
  { processes, seconds, deno = Deno.execPath() }: {
    processes: number;
    seconds: number;
    deno?: string;
  },
): Promise<Sharing> {
  const root = `${import.meta.dirname}/../..`;
  const outputs = await Promise.all(
    Array.from({ length: processes }, (_, own) =>
      new Deno.Command(deno, {
        args: [
          ...["run", "--quiet", "--no-check", "--no-prompt", "--allow-read", "--allow-write"],
          "--allow-sys=hostname",
          ...["tasks/torture/sharing.ts", dir, `${own}`, `${seconds}`],
        ],
        cwd: root,
        stdout: "piped",
        stderr: "piped",
      }).output()),
  );
  const shares = outputs.map(({ stdout, stderr }): Sharing => {
    const [said, complaint] = [stdout, stderr].map((it) => new TextDecoder().decode(it));
    return said === "" ? { tries: 0, faults: [complaint] } : JSON.parse(said);
  });
  const rows = (await Deno.readTextFile(metricsFile(dir))).trimEnd().split("\n").slice(1);
  const expected = outputs.flatMap((_, own) =>
    Array.from({ length: EPOCHS }, (_, i) => `${own},${i + 1},1,1,1,1,1,1`)
  );
  return {
    tries: shares.reduce((sum, { tries }) => sum + tries, 0),
    faults: [
      ...shares.flatMap(({ faults }) => faults),
      ...rows.join() === expected.join() ? [] : [`metrics.csv holds ${rows.join(" ")}`],
    ],
  };
}

/** What every trial reaches in every epoch. */
const METRICS = { loss: 1, ce: 1, accuracy: 1 };

/** Where some trials may stand after an epoch, with rows of so many floats. */
export function madeUpState(epoch: number, trials: number, row = ROW) {
  const rows = () => new Float32Array(trials * row).fill(epoch);
  const curve = Array(epoch).fill(METRICS);
  return {
    epoch,
    spent: 0,
    begun: { steps: 0, seconds: 0 },
    parameters: rows(),
    m: rows(),
    v: rows(),
    kept: rows(),
    histories: Array(trials).fill({ train: curve, valid: curve }),
  };
}

/** What one of them does until its time is over and its trial is finished. */
async function work(dir: string, own: number, seconds: number): Promise<Sharing> {
  const sharing: Sharing = { tries: 0, faults: [] };
  const attempt = async (what: () => Promise<void>) => {
    sharing.tries++;
    await what().catch((error) => sharing.faults.push(error.message));
  };
  const trials = [{ folder: trialName(own), trial: own }];
  const settings = { seed: 0 };
  const made = { command: null, seed: 0, adapter: null, options: {} };

  /** Looks for where a trial stood that nobody has begun, as a run that resumes does. */
  const lookForCheckpoints = async () => {
    const fresh = [{ folder: trialName(999), trial: 999 }];
    const options = { trials: fresh, remaining: fresh, settings, made: "" };
    if ((await restoreGroups(dir, options)).length > 0) throw new Error("it was found");
  };
  /** Takes the folder, trains the trial for an epoch and, if it is the last one, finishes it. */
  const train = async (epoch: number, overwrite: boolean) => {
    using run = await openRun(dir, {
      task: "phase1",
      trials,
      settings,
      made,
      overwrite,
      resume: !overwrite,
    });
    const [group] = await run.groups(1);
    const before = group?.from?.epoch ?? 0;
    if (before !== epoch - 1) throw new Error(`epoch ${before} was found, not ${epoch - 1}`);
    const state = madeUpState(epoch, 1), [history] = state.histories;
    const keeper = run.checkpoint(trials);
    let isKept = false;
    const keep = async () => {
      for (let i = 0; i < WRITES; i++) {
        await keeper.write(state);
        await keeper.flush();
      }
      isKept = true;
    };
    const look = async () => {
      while (!isKept) await attempt(lookForCheckpoints);
    };
    await Promise.all([keep(), look()]);
    run.add(epoch, [{ trial: trials[0], train: METRICS, valid: METRICS }]);
    if (epoch < EPOCHS) return;
    const weights = new Map([["conv2d_1.bias", { shape: [1], data: Float32Array.of(epoch) }]]);
    await run.save([{ trial: trials[0], history, weights }]);
  };
  /** Looks at the finished trial as a run does that has nothing left to train. */
  const lookAgain = async () => {
    const run = await openRun(dir, {
      task: "phase1",
      trials,
      settings,
      made,
      overwrite: false,
      resume: true,
    });
    run.close();
    if (run.remaining.length > 0) throw new Error("a finished trial is to be trained again");
  };
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round === 0 || performance.now() < end; round++) {
    for (let epoch = 1; epoch <= EPOCHS; epoch++) {
      await attempt(() => train(epoch, round > 0 && epoch === 1));
    }
    await attempt(lookAgain);
  }
  return sharing;
}

if (import.meta.main) {
  const [dir, own, seconds] = Deno.args;
  await Deno.stdout.write(
    new TextEncoder().encode(JSON.stringify(await work(dir, Number(own), Number(seconds)))),
  );
}
