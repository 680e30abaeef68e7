/**
 * Ctrl-C, SIGTERM, SIGUSR1 and SIGUSR2 at random moments; `deno task torture --signals=200` does it more
 * often.
 *
 * @module
 */
import { assert, assertEquals } from "./helpers/assert.ts";
import { prepareInterruptions, type Signal } from "../tasks/torture/interruptions.ts";

Deno.test("a training that is interrupted 4 times stops soon, and goes on to the same bytes", async (t) => {
  const dir = await Deno.makeTempDir();
  const seed = Date.now() % 2 ** 32; // each run meets other moments
  const interrupt = await prepareInterruptions(dir, seed);
  const signals: Record<"phase1" | "phase2", Signal[]> = {
    phase1: ["SIGINT", "SIGUSR1"],
    phase2: ["SIGTERM", "SIGUSR2"],
  };
  let advised = 0;
  for (const task of ["phase1", "phase2"] as const) {
    await t.step(`${task}, twice`, async () => {
      const toll = await interrupt(task, signals[task], 2);
      const { stops, repeated, faults, took } = toll;
      advised += toll.advised;
      assertEquals([stops, repeated, faults], [2, 0, []], `seed ${seed}`);
      // Other tests run meanwhile: torture, which runs alone, wants every stop within a second.
      assert(took.every((ms) => ms < 1500), `${took} ms (seed ${seed})`);
    });
  }
  assert(advised > 1, `of 4 stops ${advised} said how to go on`);
  await Deno.remove(dir, { recursive: true });
});
