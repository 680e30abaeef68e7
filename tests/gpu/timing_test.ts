import { bind, defineShader } from "../../src/gpu/shader.ts";
import { createTensor } from "../../src/gpu/tensor.ts";
import { hasTimestamps, timestampSteps } from "../../src/gpu/timing.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

const spin = defineShader(
  "spin",
  `const ROUNDS: u32 = 1;
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var i = 0u; i < ROUNDS; i++) { x[id.x] = sqrt(x[id.x] + f32(i)); }
}`,
  { x: "read_write" },
);

Deno.test({
  name: "timestampSteps times every step: a long one takes longer than a short one",
  ignore: !hasTimestamps(gpu), // an optional feature of WebGPU
  async fn() {
    const x = createTensor(gpu, "x", [64 * 16]);
    const steps = await Promise.all(
      [1, 20_000].map((ROUNDS) =>
        bind(gpu, spin, { buffers: { x }, constants: { ROUNDS }, workgroups: [16, 1, 1] })
      ),
    );
    const times = await timestampSteps(gpu, [steps[0], steps[1], steps[0]]);
    assertEquals(times.length, 3);
    assert(times.every((ms) => ms >= 0) && times[1] > times[0] + times[2], `${times} ms`);
  },
});
