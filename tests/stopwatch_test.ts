import { startStopwatch } from "../src/stopwatch.ts";
import { assert, assertAlmostEquals, assertEquals } from "./helpers/assert.ts";

Deno.test("startStopwatch adds up what it is told and what it measures; the rest is other", async () => {
  const begin = performance.now();
  const watch = startStopwatch();
  const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
  assertEquals(await watch.time("reading", () => pause(20).then(() => "images")), "images");
  await watch.time("reading", () => pause(20));
  await pause(20);
  watch.addEpoch({ bind: 0.005, train: 0.002, valid: 0.001 });
  watch.addEpoch({ bind: 0, train: 0.002, valid: 0.001 });

  const split = watch.split();
  const { reading, compiling, training, validation, testing, other } = split;
  assert(reading > 0.035 && other > 0, `reading ${reading}, other ${other}`);
  assertEquals([compiling, training, validation, testing], [0.005, 0.004, 0.002, 0]);
  const whole = Object.values(split).reduce((sum, seconds) => sum + seconds);
  assertAlmostEquals(whole, (performance.now() - begin) / 1000, 0.01);
});
