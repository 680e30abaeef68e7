// Multiplies in place by given factors: dropout with a mask from outside, for golden cases.
//
//   x[i] = x[i] · factors[i]
//
// x, factors (SIZE)
// grid       x: i

const SIZE: u32 = 128;

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read> factors: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < SIZE) { x[id.x] *= factors[id.x]; }
}
