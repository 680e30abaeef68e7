import { assertTwin } from "./twin.ts";

Deno.test("conv_backward_input gives the gradient of the input at every stride", () =>
  assertTwin("conv_backward_input"));
