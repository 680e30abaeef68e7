import { assertTwin } from "./twin.ts";

Deno.test("dense multiplies, adds the bias, and ends in ReLU in all layers but the last", () =>
  assertTwin("dense"));
