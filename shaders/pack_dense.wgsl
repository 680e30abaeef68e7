// Lays each trial's dense kernel out as texels of four outputs, filled up with zeros.
//
//   packed[k, n] = kernel[k, 4n … 4n + 3]
//
// parameters (TRIALS, ROW)     kernel (INPUTS, OUTPUTS) at WEIGHTS
// packed     sheet (TRIALS) of PACKED_HEIGHT × PACKED_WIDTH texels: input k is row k % PACKED_HEIGHT, from
//            texel k / PACKED_HEIGHT · QUADS on
// grid       x: texel, z: trial

const ROW: u32 = 207488;
const WEIGHTS: u32 = 3643;
const INPUTS: u32 = 1568;
const OUTPUTS: u32 = 128;
const QUADS: u32 = 32;
const PACKED_DOWN: u32 = 5;
const PACKED_HEIGHT: u32 = 1568;
const PACKED_WIDTH: u32 = 32;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, write>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * 64u + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= PACKED_HEIGHT * PACKED_WIDTH) { return; }
  let row = lane / PACKED_WIDTH;
  let column = lane % PACKED_WIDTH;
  let k = column / QUADS * PACKED_HEIGHT + row;
  var values = vec4f(0.0);
  for (var n = 0u; n < 4u; n++) { // unroll
    let output = column % QUADS * 4u + n;
    if (k < INPUTS && output < OUTPUTS) {
      values[n] = parameters[id.z * ROW + WEIGHTS + k * OUTPUTS + output];
    }
  }
  let origin = vec2u(id.z / PACKED_DOWN * PACKED_WIDTH, id.z % PACKED_DOWN * PACKED_HEIGHT);
  textureStore(packed, origin + vec2u(column, row), values);
}
