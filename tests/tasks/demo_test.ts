/**
 * `deno task demo` as a person meets it: from a folder without results to the page that it says to open.
 *
 * It takes seconds, as it trains three times in a process of its own: no other test sees whether the
 * first thing that a newcomer types brings what the README promises.
 *
 * @module
 */
import { drawSmallSet } from "../../tasks/torture/small_set.ts";
import { assert, assertEquals, assertStringIncludes } from "../helpers/assert.ts";
import { runIn, TASK } from "../helpers/command.ts";
import { test } from "../helpers/folders.ts";

test("demo ends with a report of what it made, in place of an earlier one, and says to open it", async (dir) => {
  await drawSmallSet(`${dir}/data/synthetic`); // what the demo draws, where it is missing
  await Deno.mkdir(`${dir}/demo_tmp/old`, { recursive: true });
  await Deno.writeTextFile(`${dir}/demo_tmp/report.html`, "an earlier page");
  await Deno.writeTextFile(`${dir}/demo_tmp/old/summary.json`, "of no task"); // no part of this demo
  const { code, stdout, stderr } = await runIn(dir, [
    ...[...TASK, "demo", "--quiet"],
    ...["--size=41", "--epochs=1", "--trials=2", "--phase2-trials=2"],
  ]);
  assertEquals(code, 0, stderr);
  const page = await Deno.readTextFile(`${dir}/demo_tmp/report.html`);
  const last = stdout.trimEnd().split("\n").at(-1)!;
  assertStringIncludes(last, `Open demo_tmp/report.html (${dir}/demo_tmp/report.html)`);

  const folders = ["kernel_dataset", "gaussian_fit", "phase2_l2", "phase2_sk"];
  const likelihoods = [...stdout.matchAll(/^conv\d .* (\d+\.\d\d) +(\d+\.\d\d)$/gm)];
  assertEquals(likelihoods.length, 3, stdout);
  for (const text of [...folders, ...likelihoods.flatMap(([, ...both]) => both)]) {
    assert(page.includes(text), `the page does not say ${text}`);
  }
});
