// Inverted dropout, in place: a value is dropped with probability RATE, survivors grow by 1/(1 − RATE).
//
//   x[i] = x[i] / (1 − RATE) where uniform(trial's seed, step, layer, i) ≥ RATE, else 0
//
// The uniform number is a hash of its arguments (pcg4d: Jarzynski & Olano, "Hash functions for GPU
// rendering", 2020), so no mask is stored and a trial draws the same whichever trials run beside it.
//
// x     (TRIALS, SIZE)     SIZE = BATCH · INPUTS
// seeds (TRIALS) u32
// clock (64) u32           clock[0] is the training step
// grid  x: i, z: trial

const SIZE: u32 = 50176;
const LAYER: u32 = 0;
const RATE: f32 = 0.2;

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read> seeds: array<u32>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;

// Each line uses what the lines above it changed: all at once, the bits would be correlated.
fn stir(input: vec4u) -> vec4u {
  var v = input;
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  return v;
}

fn pcg4d(input: vec4u) -> vec4u {
  let v = stir(input * 1664525u + 1013904223u);
  return stir(v ^ (v >> vec4u(16u)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SIZE) { return; }
  let at = id.z * SIZE + id.x;
  let uniform_number = f32(pcg4d(vec4u(id.x, clock[0], seeds[id.z], LAYER)).x >> 8u) / 16777216.0;
  x[at] = select(0.0, x[at] / (1.0 - RATE), uniform_number >= RATE);
}
