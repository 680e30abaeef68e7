import { assert, assertEquals, assertMatch } from "../helpers/assert.ts";
import { run } from "../helpers/command.ts";

/** Runs the task with its own permissions; what it found, line by line. */
async function torture(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run("torture", args);
  assertEquals([code, stderr], [0, ""], stdout);
  return stdout.trimEnd().split("\n").filter((line) => !/ \d+ % of /.test(line));
}

Deno.test("torture damages 2000 images and 50 archives without harm", async () => {
  const lines = await torture("--images=2000", "--archives=50");
  assertEquals(lines.length, 4);
  for (const [i, [kind, count]] of ([["images", 2000], ["archives", 50]] as const).entries()) {
    const figures = /^(\w+): (\d+) refused, (\d+) accepted; \d+ a second$/.exec(lines[2 * i]);
    assertEquals([figures![1], Number(figures![2]) + Number(figures![3])], [kind, count]);
    assert(Number(figures![3]) > 0, "no damaged file is sound enough: the damage is too coarse");
    assertMatch(lines[2 * i + 1], /the slowest was mutation \d+, [\d.]+ ms; the most memory was/);
  }
});

Deno.test("torture kills phase 1, fit and phase 2 once, and each goes on to the same bytes", async () => {
  const lines = await torture("--kills=3", `--seed=${Date.now() % 2 ** 32}`); // other moments each time
  const found = lines.map((line) =>
    /^kills: (\w+), (\d+) × SIGKILL, \d+ ends with the same/.exec(line)!
  );
  assertEquals(found.map(([, task, kills]) => [task, kills]), [
    ["phase1", "1"],
    ["fit", "1"],
    ["phase2", "1"],
  ]);
  for (const line of lines) assertMatch(line, /at most [01] epochs again/);
});
