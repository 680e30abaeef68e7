import { bestEpoch } from "../../src/training/best_epoch.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("bestEpoch is that of the lowest validation loss, the first of equals", () => {
  const best = (...losses: number[]) => bestEpoch(losses.map((loss) => ({ loss })));
  assertEquals([best(3, 1, 2), best(1), best(2, 1, 1), best(1, 2)], [2, 1, 2, 1]);
});
