// Adam as Keras 2.2 wrote it: ε stands outside the bias correction (SPEC §5).
//
//   m = β₁·m + (1 − β₁)·g      v = β₂·v + (1 − β₂)·g²      w −= rate · m / (√v + ε)
//
// gradients, parameters, m, v (TRIALS · ROW / 4) vec4f
// rates  (STEPS)   lr/(1 + decay·t) · √(1 − β₂ᵗ⁺¹)/(1 − β₁ᵗ⁺¹) of step t = clock[0], computed in float64
// clock  (64) u32
// grid   x: blocks of 64 × PER_LANE vectors

const SIZE: u32 = 528; // vectors
const PER_LANE: u32 = 1;
const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-7;
const ONE_MINUS_BETA_1: f32 = 0.1;
const ONE_MINUS_BETA_2: f32 = 0.001;

@group(0) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read> rates: array<f32>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> parameters: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rate = rates[clock[0]];
  for (var k = 0u; k < PER_LANE; k++) { // unroll
    let i = (group.x * PER_LANE + k) * 64u + lane;
    if (i < SIZE) {
      let g = gradients[i];
      let mean = BETA_1 * m[i] + ONE_MINUS_BETA_1 * g;
      let square = BETA_2 * v[i] + ONE_MINUS_BETA_2 * g * g;
      m[i] = mean;
      v[i] = square;
      parameters[i] -= rate * mean / (sqrt(square) + vec4f(EPSILON));
    }
  }
}
