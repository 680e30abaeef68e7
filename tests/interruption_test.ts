/**
 * What kill -9, Ctrl-C and SIGTERM leave: nothing half, and a way on to the same bytes.
 *
 * @module
 */
import { writeSyntheticSet } from "../mod.ts";
import { createRandom } from "../src/random.ts";
import { assert, assertEquals, assertStringIncludes } from "./assert.ts";
import { digest, disturb, leftovers } from "./interrupt.ts";

const SIZE = 48;
/** How often the training is killed; SKREG_KILLS sets it for a long run, and a third as many other signals. */
const KILLS = Number(Deno.env.get("SKREG_KILLS") ?? 3);
const SIGNALS = Math.ceil(KILLS / 3);

Deno.test("a training that is killed or interrupted goes on to the same bytes", async (t) => {
  const dir = await Deno.makeTempDir();
  await writeSyntheticSet(`${dir}/data`, {
    ...{ perClass: 3, size: SIZE, phase2: { train: 2, valid: 1, test: 1 } },
  });
  const seed = Date.now() % 2 ** 32; // each run meets other moments
  const random = createRandom(seed);
  const common = [`--data-dir=${dir}/data`, `--size=${SIZE}`, "--epochs=40"];
  const phase1 = (name: string) => [...common, "--trials=2", `--results-dir=${dir}/${name}`];
  const undisturbed = await disturb("phase1", phase1("whole"), {
    ...{ signal: "SIGKILL", most: 0, range: [0, 0], random },
  });
  assertEquals(undisturbed.stops, 0);
  const whole = await digest(`${dir}/whole`);

  const signals = [["SIGKILL", KILLS, 137], ["SIGINT", SIGNALS, 130], [
    "SIGTERM",
    SIGNALS,
    143,
  ]] as const;
  for (const [signal, count, code] of signals) {
    await t.step(`by ${signal}`, async () => {
      const range = [0.3 * undisturbed.took, 0.9 * undisturbed.took] as const;
      let stops = 0, slowest = 0;
      for (let round = 0; stops < count; round++) {
        const name = `${signal}${round}`;
        const options = { signal, most: count - stops, range, random };
        const result = await disturb("phase1", phase1(name), options);
        assertEquals(await digest(`${dir}/${name}`), whole, `seed ${seed}`);
        assertEquals(await leftovers(`${dir}/${name}`), []);
        assert(result.codes.every((it) => it === code), `${result.codes}: ${result.said}`);
        stops += result.stops;
        slowest = Math.max(slowest, result.slowest);
        if (signal === "SIGKILL" || result.stops === 0) continue;
        assertStringIncludes(result.said, "go on with: deno task phase1");
        assertStringIncludes(result.said, "--resume");
      }
      if (signal !== "SIGKILL") assert(slowest < 1500, `it took ${slowest} ms (seed ${seed})`);
    });
  }
  await Deno.remove(dir, { recursive: true });
});
