import { arrayOf } from "../../src/reference/array.ts";
import { judge } from "../../src/reference/record.ts";
import { assertEquals } from "../assert.ts";
import { assertTwin } from "./twin.ts";

Deno.test("judge names each trial's best epoch so far", () => assertTwin("judge"));

Deno.test("judge's twin adds the penalty to the mean loss, and keeps the first of equal epochs", () => {
  const start = { loss: 0, epoch: 0, isLast: false, epochs: 0 };
  const records = arrayOf([2, 4], [9, 3, 1, 0.5, 9, 5, 1, 0.5]);
  const first = judge(start, records, 4);
  assertEquals(first, { loss: 2.5, epoch: 0, isLast: true, epochs: 1 });
  assertEquals(judge(first, records, 4), { loss: 2.5, epoch: 0, isLast: false, epochs: 2 });
});
