import { assertTwin } from "../helpers/twin.ts";

Deno.test("conv_gpu equals a convolution, and backward its gradient of the input", () =>
  assertTwin("conv_gpu"));
