import { assertTwin } from "../helpers/twin.ts";

Deno.test("sum_partials adds the partial sums of each trial and leaves the rest of the row alone", () =>
  assertTwin("sum_partials"));
