import { assertTwin } from "./twin.ts";

Deno.test("keep copies the rows of the trials that are at their best, and no other", () =>
  assertTwin("keep"));
