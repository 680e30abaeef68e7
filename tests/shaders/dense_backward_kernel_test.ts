import { assertTwin } from "../helpers/twin.ts";

Deno.test("dense_backward_kernel sums kernel and bias gradients over the batch", () =>
  assertTwin("dense_backward_kernel"));
