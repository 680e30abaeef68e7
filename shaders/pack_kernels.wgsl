// Lays each trial's convolution kernel out as conv and conv_pool read it: all weights of one output
// map in a row of texels, in reading order, and its bias at the end.
//
//   forward:  row m = kernel[ky, kx, c, m] in (c, ky, kx) order, then bias[m]
//   backward: row c = kernel[KERNEL − 1 − ky, KERNEL − 1 − kx, c, m] in (m, ky, kx) order, then 0
//
// The maps that are summed over come in chunks of CHUNK, each filled up to whole texels with zeros.
//
// parameters (TRIALS, ROW)
// packed     sheet (TRIALS) of OUTER × WIDTH texels, WIDTH = CHUNKS · TEXELS + 1
// grid       x: texel, z: trial

const ROW: u32 = 2112;
const WEIGHTS: u32 = 0;
const BIAS: u32 = 375;
const KERNEL: u32 = 5;
const CHANNELS: u32 = 3;
const FILTERS: u32 = 5;
const FORWARD: u32 = 1;
const CHUNK: u32 = 3;
const CHUNKS: u32 = 1;
const PACKED_DOWN: u32 = 20;
const PACKED_HEIGHT: u32 = 5;
const PACKED_WIDTH: u32 = 20;

const INNER = select(FILTERS, CHANNELS, FORWARD == 1u);
const TEXELS = (CHUNK * KERNEL * KERNEL + 3u) / 4u;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, write>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= PACKED_HEIGHT * PACKED_WIDTH) { return; }
  let outer = id.x / PACKED_WIDTH;
  let texel = id.x % PACKED_WIDTH;
  let row = id.z * ROW;
  var values = vec4f(0.0);
  for (var k = 0u; k < 4u; k++) { // unroll
    let tap = texel % TEXELS * 4u + k;
    let inner = texel / TEXELS * CHUNK + tap / (KERNEL * KERNEL);
    if (tap < CHUNK * KERNEL * KERNEL && inner < INNER && texel < CHUNKS * TEXELS) {
      let place = tap % (KERNEL * KERNEL);
      let turned = select(KERNEL * KERNEL - 1u - place, place, FORWARD == 1u);
      let c = select(outer, inner, FORWARD == 1u);
      let m = select(inner, outer, FORWARD == 1u);
      values[k] = parameters[row + WEIGHTS + (turned * CHANNELS + c) * FILTERS + m];
    }
  }
  if (texel == CHUNKS * TEXELS && FORWARD == 1u) { values.x = parameters[row + BIAS + outer]; }
  let origin = block_at(id.z, PACKED_DOWN, PACKED_HEIGHT, PACKED_WIDTH);
  textureStore(packed, origin + vec2u(texel, outer), values);
}
