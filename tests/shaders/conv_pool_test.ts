import { assertTwin } from "../helpers/twin.ts";

Deno.test("conv_pool equals convolution, ReLU and max-pool one after the other", () =>
  assertTwin("conv_pool"));
