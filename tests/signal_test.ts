/**
 * Ctrl-C, SIGTERM, SIGUSR1 and SIGUSR2 at random moments; `deno task torture --signals=200` does it more
 * often.
 *
 * @module
 */
import { assert, assertEquals } from "./helpers/assert.ts";
import { prepareInterruptions, type Signal, type Stopped } from "../tasks/torture/interruptions.ts";

Deno.test("a training that is interrupted 8 times stops soon, and goes on to the same bytes", async (t) => {
  const dir = await Deno.makeTempDir();
  const seed = Date.now() % 2 ** 32; // each run meets other moments
  const interrupt = await prepareInterruptions(dir, seed);
  const signals: Signal[] = ["SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2"];
  let advised = 0;
  for (const task of ["phase1", "phase2"] satisfies Stopped[]) {
    await t.step(`${task}, 4 times`, async () => {
      const toll = await interrupt(task, signals, 4);
      const { stops, repeated, faults, took } = toll;
      advised += toll.advised;
      assertEquals([stops, repeated, faults], [4, 0, []], `seed ${seed}`);
      // Other tests run meanwhile: torture, which runs alone, wants every stop within a second.
      assert(took.every((ms) => ms < 1500), `${took} ms (seed ${seed})`);
    });
  }
  assert(advised > 3, `of 8 stops ${advised} said how to go on`);
  await Deno.remove(dir, { recursive: true });
});
