import { assertTwin } from "../helpers/twin.ts";

Deno.test("conv_backward_kernel sums kernel and bias gradients over all images and places", () =>
  assertTwin("conv_backward_kernel"));
