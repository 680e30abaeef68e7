import { assertTwin } from "../helpers/twin.ts";

Deno.test("conv_backward_kernel_gpu equals the gradient of a kernel and bias", () =>
  assertTwin("conv_backward_kernel_gpu"));
