import { assertTwin } from "../helpers/twin.ts";

Deno.test("conv_pool_gpu equals convolution, ReLU and max-pool of stored and of warped images", () =>
  assertTwin("conv_pool_gpu"));
