import { assertTwin } from "../helpers/twin.ts";

Deno.test("record_batch sums a batch and leaves the records of other steps alone", () =>
  assertTwin("record_batch"));
