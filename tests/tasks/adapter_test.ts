import config from "../../deno.json" with { type: "json" };
import { assert, assertEquals, assertStringIncludes } from "../helpers/assert.ts";
import { runIn, TASK } from "../helpers/command.ts";
import { test } from "../helpers/folders.ts";

/** The tasks that open a GPU: they may read which interface to use. */
const TASKS = Object.entries(config.tasks)
  .filter(([, { command }]) => /--allow-env=\S*DENO_WEBGPU_BACKEND/.test(command))
  .map(([name]) => name);

/** What tasks do not start without; all of it would be read later than the adapter is looked at. */
const NEEDED: Record<string, string[]> = {
  phase2: ["--mode=l2", "--alpha=1"],
  predict: ["--weights=nowhere", "nothing.png"],
  torture: ["--networks=1"],
};

Deno.test("--adapter is an option of every task that opens a GPU", () => {
  assertEquals(TASKS.toSorted(), [
    ...["bench", "demo", "doctor", "grid", "phase1", "phase1:loop", "phase2", "predict", "torture"],
  ]);
});

for (const task of TASKS) {
  test(`--adapter ends ${task} with exit code 3 on another adapter, and nothing is written`, async (dir) => {
    const options = ["--adapter=NVIDIA H9000", ...NEEDED[task] ?? []];
    const { code, stderr, stdout } = await runIn(dir, [...TASK, task, ...options]);
    assertEquals(code, 3, stderr);
    assertStringIncludes(stderr, 'its name does not hold "NVIDIA H9000", which was asked for;');
    assert(!/^adapter/m.test(stdout), stdout);
    assertEquals(await Array.fromAsync(Deno.readDir(dir)), []);
  });
}
