import { assertTwin } from "../helpers/twin.ts";

Deno.test("conv_pool_backward_kernel_gpu equals the gradient of the first kernel from stored and from warped images", () =>
  assertTwin("conv_pool_backward_kernel_gpu"));
