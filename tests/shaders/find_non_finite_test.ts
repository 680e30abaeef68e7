import { assertTwin } from "../helpers/twin.ts";

Deno.test("find_non_finite flags the trials with a NaN or an infinity, whichever sign, and no other", () =>
  assertTwin("find_non_finite"));
