import { assertTwin } from "../helpers/twin.ts";

Deno.test("dense_backward_input passes gradients on where ReLU and dropout let values through", () =>
  assertTwin("dense_backward_input"));
