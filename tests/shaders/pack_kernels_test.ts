import { assertTwin } from "../helpers/twin.ts";

Deno.test("pack_kernels lays every weight where its reader looks, padded with zeros", () =>
  assertTwin("pack_kernels"));
