/**
 * A full disk, on a small one of its own. Only where this user may mount one.
 *
 * @module
 */
import type { RunPlan } from "../../src/runs/claim_trials.ts";
import { openRun } from "../../src/runs/run.ts";
import { Failure } from "../../src/failure.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { succeeds } from "../helpers/command.ts";
import { listBroken } from "../../tasks/torture/broken_files.ts";
import { madeUpState } from "../../tasks/torture/sharing.ts";

/** Bytes of the disk. */
const SIZE = 512 * 1024;

/** Mounts an empty small disk there. */
const mount = (dir: string) => succeeds("mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", dir);

const probed = await Deno.makeTempDir();
const may = await mount(probed) && await succeeds("umount", probed);
await Deno.remove(probed);

Deno.test({
  name: `openRun on a full disk damages nothing${
    may ? "" : " (NOT TESTED: mounting is not allowed)"
  }`,
  ignore: !may,
  async fn() {
    const dir = await Deno.makeTempDir();
    const faults = new Set<string>();
    let complete = 0;
    for (let free = 0; free <= SIZE; free += SIZE / 64) {
      assert(await mount(dir));
      try {
        if (free < SIZE) {
          await Deno.writeFile(`${dir}/filler`, new Uint8Array(SIZE - free)).catch(() => {});
        }
        await trainInto(`${dir}/run`);
        complete++;
      } catch (error) {
        assert(error instanceof Failure && error.kind === "disk", String(error));
        assert(error.message.includes(dir), error.message);
        faults.add(error.message.replace(/^Cannot \w+ (\S+?)(\.\w{8}\.tmp)?[ :].*$/s, "$1"));
      } finally {
        assertEquals(await listBroken(`${dir}/run`), []);
        assert(await succeeds("umount", dir));
      }
    }
    await Deno.remove(dir);
    assert(faults.size >= 10, `it failed at ${faults.size} different writes only: ${[...faults]}`);
    assert(complete > 0);
  },
});

/** Two trials as a training writes them: the log, a checkpoint, curves and weights. */
async function trainInto(dir: string): Promise<void> {
  const plan: RunPlan = {
    task: "phase1",
    settings: { seed: 0 },
    overwrite: false,
    resume: true,
    trials: [0, 1].map((trial) => ({ folder: `trial00${trial}`, trial })),
    made: { command: null, seed: 0, adapter: null, options: {} },
  };
  using run = await openRun(dir, plan);
  const metrics = { loss: 1, ce: 1, accuracy: 0.5 };
  for (let epoch = 1; epoch <= 100; epoch++) {
    run.add(epoch, plan.trials.map((trial) => ({ trial, train: metrics, valid: metrics })));
  }
  const state = madeUpState(100, 2, 2000), [history] = state.histories;
  const keeper = run.checkpoint(plan.trials);
  await keeper.write(state);
  await keeper.flush();
  const kernel = { shape: [5, 5, 3, 5], data: new Float32Array(375) };
  const weights = new Map([["conv2d_1.kernel", kernel]]);
  await run.save(plan.trials.map((trial) => ({ trial, weights, history })));
}
