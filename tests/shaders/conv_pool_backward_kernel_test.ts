import { assertTwin } from "../helpers/twin.ts";

Deno.test("conv_pool_backward_kernel sums the gradients of the live pooled values alone", () =>
  assertTwin("conv_pool_backward_kernel"));
