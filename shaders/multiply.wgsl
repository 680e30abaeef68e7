// Multiplies by given factors: dropout with a mask from outside, for golden cases. The map must be
// flat already.
//
//   x[i] = map[i] · factors[i]
//
// map, x  sheets (TRIALS, BATCH) of X_HEIGHT × X_WIDTH texels
// factors (TRIALS · BATCH, INPUTS)
// grid    x: image × texel

const IMAGES: u32 = 4;
const INPUTS: u32 = 128;
const X_DOWN: u32 = 4;
const X_HEIGHT: u32 = 1;
const X_WIDTH: u32 = 32;

@group(0) @binding(0) var map: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> factors: array<f32>;
@group(0) @binding(2) var x: texture_storage_2d<rgba32float, write>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * 64u + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= IMAGES * X_HEIGHT * X_WIDTH) { return; }
  let texel = lane % (X_HEIGHT * X_WIDTH);
  let image = lane / (X_HEIGHT * X_WIDTH);
  let at = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH) + vec2u(texel % X_WIDTH, texel / X_WIDTH);
  var factor = vec4f(0.0);
  for (var k = 0u; k < 4u; k++) { // unroll
    if (texel * 4u + k < INPUTS) { factor[k] = factors[image * INPUTS + texel * 4u + k]; }
  }
  textureStore(x, at, textureLoad(map, at) * factor);
}
