// Lays each trial's convolution kernels out as conv reads them: all weights of one output map in a row of
// texels, in reading order, and its bias at the end.
//
//   forward:  row m = kernel[ky, kx, c, m] in (c, ky, kx) order, then bias[m]
//   backward: row c = kernel[K − 1 − ky, K − 1 − kx, c, m] in (m, ky, kx) order, then 0
//
// The maps that are summed over come in chunks, each filled up to whole texels with zeros. One dispatch
// packs all convolutions of a network, whose rows lie below each other on one sheet.
//
// parameters (TRIALS, ROW)
// blocks     (BLOCKS) of 64 texels at most, of one convolution each
// packed     sheet (TRIALS) of PACKED_HEIGHT × PACKED_WIDTH texels; a convolution's rows may be shorter
// grid       x: block, z: trial

const ROW: u32 = 2112;
const PACKED_DOWN: u32 = 20;
const PACKED_HEIGHT: u32 = 5;
const PACKED_WIDTH: u32 = 20;

// first: of its texels, among rows × width of the convolution, whose first row is top; weights, bias: where
// they lie in a trial's row
struct Block { first: u32, top: u32, rows: u32, width: u32, weights: u32, bias: u32, kernel: u32, channels: u32, filters: u32, forward: u32, chunk: u32, chunks: u32 }

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var packed: texture_storage_2d<rgba32float, write>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = blocks[group.x];
  let at = block.first + lane;
  if (at >= block.rows * block.width) { return; }
  let outer = at / block.width;
  let texel = at % block.width;
  let area = block.kernel * block.kernel;
  let texels = (block.chunk * area + 3u) / 4u; // of a chunk
  let forward = block.forward == 1u;
  let row = group.z * ROW;
  var values = vec4f(0.0);
  for (var k = 0u; k < 4u; k++) { // unroll
    let tap = texel % texels * 4u + k;
    let inner = texel / texels * block.chunk + tap / area;
    if (tap < block.chunk * area && inner < select(block.filters, block.channels, forward) && texel < block.chunks * texels) {
      let place = tap % area;
      let turned = select(area - 1u - place, place, forward);
      let c = select(outer, inner, forward);
      let m = select(inner, outer, forward);
      values[k] = parameters[row + block.weights + (turned * block.channels + c) * block.filters + m];
    }
  }
  if (texel == block.chunks * texels && forward) { values.x = parameters[row + block.bias + outer]; }
  let origin = block_at(group.z, PACKED_DOWN, PACKED_HEIGHT, PACKED_WIDTH);
  textureStore(packed, origin + vec2u(texel, block.top + outer), values);
}
