// Flattens a map for a dense layer, with inverted dropout: a value is dropped with probability RATE,
// survivors grow by 1/(1 − RATE). RATE 0 flattens alone (evaluation).
//
//   x[i] = map[i] / (1 − RATE) where uniform(trial's seed, step, layer, i) ≥ RATE, else 0
//
// The uniform number is a hash of its arguments (pcg4d: Jarzynski & Olano, "Hash functions for GPU
// rendering", 2020), so no mask is stored and a trial draws the same whichever trials run beside it.
//
// map   sheet (TRIALS, BATCH) of MAP_HEIGHT × MAP_WIDTH texels: HEIGHT × WIDTH pixels of CHANNELS
// seeds (TRIALS) u32
// clock (64) u32           clock[0] is the training step
// x     sheet (TRIALS, BATCH) of X_HEIGHT × X_WIDTH texels: the INPUTS values in (row, column, channel)
//       order, then zeros
// grid  x: image × texel of x, z: trial

const BATCH: u32 = 32;
const MAP_DOWN: u32 = 585;
const MAP_HEIGHT: u32 = 14;
const MAP_WIDTH: u32 = 28;
const WIDTH: u32 = 14;
const CHANNELS: u32 = 8;
const QUADS: u32 = 2;
const INPUTS: u32 = 1568;
const X_DOWN: u32 = 8192;
const X_HEIGHT: u32 = 1;
const X_WIDTH: u32 = 392;
const LAYER: u32 = 0;
const RATE: f32 = 0.2;

@group(0) @binding(0) var map: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> seeds: array<u32>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, write>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

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
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * 64u + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * X_HEIGHT * X_WIDTH) { return; }
  let texel = lane % (X_HEIGHT * X_WIDTH);
  let place = lane / (X_HEIGHT * X_WIDTH);
  let image = id.z * BATCH + place;
  let source = block_at(image, MAP_DOWN, MAP_HEIGHT, MAP_WIDTH);
  var values = vec4f(0.0);
  for (var k = 0u; k < 4u; k++) { // unroll
    let i = texel * 4u + k;
    if (i < INPUTS) {
      let c = i % CHANNELS;
      let pixel = i / CHANNELS;
      values[k] = textureLoad(map, source + vec2u(pixel % WIDTH * QUADS + c / 4u, pixel / WIDTH))[c % 4u];
      if (RATE > 0.0) {
        let hash = pcg4d(vec4u(place * INPUTS + i, clock[0], seeds[id.z], LAYER)).x;
        values[k] = select(0.0, values[k] / (1.0 - RATE), f32(hash >> 8u) / 16777216.0 >= RATE);
      }
    }
  }
  let row = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH);
  textureStore(x, row + vec2u(texel % X_WIDTH, texel / X_WIDTH), values);
}
