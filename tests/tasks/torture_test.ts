import { assert, assertEquals, assertMatch } from "../assert.ts";
import { run } from "../command.ts";

Deno.test("torture damages 2000 images and 50 archives without harm, with its own permissions", async () => {
  const { code, stdout, stderr } = await run("torture", ["--images=2000", "--archives=50"]);
  assertEquals([code, stderr], [0, ""], stdout);
  const lines = stdout.split("\n").filter((line) => !line.startsWith("damaging"));
  assertEquals(lines.length, 5);
  for (const [i, [kind, count]] of ([["images", 2000], ["archives", 50]] as const).entries()) {
    const figures = /^(\w+): (\d+) refused, (\d+) accepted; \d+ a second$/.exec(lines[2 * i]);
    assertEquals([figures![1], Number(figures![2]) + Number(figures![3])], [kind, count]);
    assert(Number(figures![3]) > 0, "no damaged file is sound enough: the damage is too coarse");
    assertMatch(lines[2 * i + 1], /the slowest was mutation \d+, [\d.]+ ms; the most memory was/);
  }
});
