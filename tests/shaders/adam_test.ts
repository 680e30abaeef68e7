import { submit } from "../../src/gpu/shader.ts";
import { createTensor, download } from "../../src/gpu/tensor.ts";
import { ADAM, adam, adamRates } from "../../src/nn/adam.ts";
import { assertRelative } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

Deno.test("adam's first step is lr in the gradient's direction, whatever its size", async () => {
  const tensors = {
    gradients: createTensor(gpu, "gradients", [1, 4], Float32Array.of(3, -0.01, 100, 0)),
    rates: createTensor(gpu, "rates", [1], adamRates(ADAM, 1)),
    clock: createTensor(gpu, "clock", [64]),
    m: createTensor(gpu, "m", [1, 4]),
    v: createTensor(gpu, "v", [1, 4]),
    parameters: createTensor(gpu, "parameters", [1, 4]),
  };
  submit(gpu, [await adam(gpu, ADAM, tensors)]);
  const [parameters, m, v] = await download(gpu, [tensors.parameters, tensors.m, tensors.v]);
  // ε is 3e-4 of √v for the smallest gradient.
  assertRelative(parameters, [-1e-3, 1e-3, -1e-3, 0], 1e-3, "parameters");
  assertRelative(m, [0.3, -0.001, 10, 0], 1e-6, "m");
  assertRelative(v, [9e-3, 1e-7, 10, 0], 1e-6, "v");
});
