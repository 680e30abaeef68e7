// Convolution with "same" padding: the gradient of kernel and bias, as conv_backward_kernel computes it,
// cut for GPUs.
//
//   dkernel[ky, kx, c, m] = Σ image, r, q: dz[r, q, m] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//   dbias[m]              = Σ image, r, q: dz[r, q, m]
//
// x        sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, QUADS a pixel, padding included
// dz       sheet (TRIALS, BATCH) of DZ_HEIGHT × DZ_WIDTH texels, DZ_QUADS a pixel: pixel (r, q) at
//          (DZ_TOP + r·STRIDE, DZ_LEFT + q·STRIDE)
// partials (TRIALS, BATCH · CHUNKS · ACROSS, KERNEL·KERNEL·CHANNELS·FILTERS + FILTERS)   summed by sum_partials
// grid     x: image × chunk of CHUNK_ROWS rows × tile of VECTORS · 4 columns, y: tile of CHANNEL_TILE
//          channels × tile of TILE_QUADS quads of filters, z: trial
//
// A workgroup takes ROWS rows of dz, and what lies under them of x, into workgroup memory at a time. A lane
// owns a kernel row, a channel and four filters: KERNEL × 4 sums. Lanes beyond those sum up the bias: they
// see a line of ones in the place of a channel.

const LANES: u32 = 96; // lanes of a workgroup
const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const X_DOWN: u32 = 442;
const X_HEIGHT: u32 = 37;
const X_WIDTH: u32 = 74;
const QUADS: u32 = 2;
const CHANNELS: u32 = 5;
const KERNEL: u32 = 5;
const STRIDE: u32 = 1;
const FILTERS: u32 = 10;
const CONV_HEIGHT: u32 = 33;
const CONV_WIDTH: u32 = 33;
const DZ_DOWN: u32 = 442;
const DZ_HEIGHT: u32 = 37;
const DZ_WIDTH: u32 = 111;
const DZ_QUADS: u32 = 3;
const DZ_TOP: u32 = 2;
const DZ_LEFT: u32 = 2;
const CHUNK_ROWS: u32 = 11;
const ROWS: u32 = 2;
const VECTORS: u32 = 9;
const CHANNEL_TILE: u32 = 5;
const TILE_QUADS: u32 = 3;
const SPAN_VECTORS: u32 = 2; // ⌈(3 · STRIDE + KERNEL) / 4⌉

const CHUNKS = (CONV_HEIGHT + CHUNK_ROWS - 1u) / CHUNK_ROWS;
const ROUNDS = (CHUNK_ROWS + ROWS - 1u) / ROWS;
const TILES = (DZ_QUADS + TILE_QUADS - 1u) / TILE_QUADS;
const KERNEL_SIZE = KERNEL * KERNEL * CHANNELS * FILTERS;
const ACROSS = (CONV_WIDTH + VECTORS * 4u - 1u) / (VECTORS * 4u);
const X_ROWS = (ROWS - 1u) * STRIDE + KERNEL;
const X_LINE = (VECTORS - 1u) * STRIDE + SPAN_VECTORS; // vec4f of a row of one channel
const UNDER = (CONV_WIDTH - 1u) * STRIDE + KERNEL;
const OWNERS = KERNEL * CHANNEL_TILE * TILE_QUADS;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var dz: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;

var<workgroup> xs: array<vec4f, CHANNEL_TILE * X_ROWS * X_LINE + X_LINE>; // planes (c, row, column), then a line of ones
var<workgroup> gs: array<vec4f, ROWS * VECTORS * 4u * TILE_QUADS>; // (row, column, quad of filters)

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_channel = group.y / TILES * CHANNEL_TILE;
  let first_quad = group.y % TILES * TILE_QUADS;
  let left = group.x % ACROSS * VECTORS * 4u; // the first column of dz
  let chunk = group.x / ACROSS % CHUNKS;
  let place = group.x / (ACROSS * CHUNKS);
  let out = group.z * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);
  let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH);
  let dz_corner = block_at(out, DZ_DOWN, DZ_HEIGHT, DZ_WIDTH) +
    vec2u(DZ_LEFT * DZ_QUADS + first_quad, DZ_TOP);
  let quad = local % TILE_QUADS;
  let c = local / TILE_QUADS % CHANNEL_TILE;
  let ky = local / (TILE_QUADS * CHANNEL_TILE);
  let ones = local >= OWNERS;
  let line = select((c * X_ROWS + ky) * X_LINE, CHANNEL_TILE * X_ROWS * X_LINE, ones);
  let down = select(STRIDE * X_LINE, 0u, ones);
  for (var i = local; i < X_LINE; i += LANES) { // at most (X_LINE + LANES - 1u) / LANES rounds
    xs[CHANNEL_TILE * X_ROWS * X_LINE + i] = vec4f(1.0);
  }

  let end = min(chunk * CHUNK_ROWS + CHUNK_ROWS, CONV_HEIGHT);
  var sums: array<vec4f, KERNEL>; // four filters of each kx
  for (var round = 0u; round < ROUNDS; round++) {
    let top = chunk * CHUNK_ROWS + round * ROWS;
    workgroupBarrier();
    for (var i = local; i < CHANNEL_TILE * X_ROWS * X_LINE; i += LANES) { // at most (CHANNEL_TILE * X_ROWS * X_LINE + LANES - 1u) / LANES rounds
      let column = left * STRIDE + i % X_LINE * 4u;
      let row = top * STRIDE + i / X_LINE % X_ROWS;
      let channel = first_channel + i / (X_LINE * X_ROWS);
      var four = vec4f(0.0);
      for (var k = 0u; k < 4u; k++) { // unroll
        let pixel = textureLoad(x, corner + vec2u((column + k) * QUADS + channel / 4u, row));
        let inside = column + k < UNDER && row < (CONV_HEIGHT - 1u) * STRIDE + KERNEL && channel < CHANNELS;
        four[k] = select(0.0, pixel[channel % 4u], inside);
      }
      xs[i] = four;
    }
    for (var i = local; i < ROWS * VECTORS * 4u * TILE_QUADS; i += LANES) { // at most (ROWS * VECTORS * 4u * TILE_QUADS + LANES - 1u) / LANES rounds
      let column = left + i / TILE_QUADS % (VECTORS * 4u);
      let row = top + i / (TILE_QUADS * VECTORS * 4u);
      let texel = vec2u(column * STRIDE * DZ_QUADS + i % TILE_QUADS, row * STRIDE);
      let inside = column < CONV_WIDTH && row < end && first_quad + i % TILE_QUADS < DZ_QUADS;
      gs[i] = select(vec4f(0.0), textureLoad(dz, dz_corner + texel), inside);
    }
    workgroupBarrier();
    for (var row = 0u; row < ROWS; row++) {
      let x_at = line + row * down;
      let g_at = row * (VECTORS * 4u * TILE_QUADS) + quad;
      for (var vector = 0u; vector < VECTORS; vector++) {
        var pixels: array<vec4f, SPAN_VECTORS>;
        for (var j = 0u; j < SPAN_VECTORS; j++) { // unroll
          pixels[j] = xs[x_at + vector * STRIDE + j];
        }
        for (var q = 0u; q < 4u; q++) { // unroll
          let gradients = gs[g_at + (vector * 4u + q) * TILE_QUADS];
          for (var kx = 0u; kx < KERNEL; kx++) { // unroll
            sums[kx] += gradients * pixels[(q * STRIDE + kx) / 4u][(q * STRIDE + kx) % 4u];
          }
        }
      }
    }
  }

  let first = ((out * CHUNKS + chunk) * ACROSS + group.x % ACROSS) * (KERNEL_SIZE + FILTERS);
  for (var k = 0u; k < 4u; k++) { // unroll
    let m = (first_quad + quad) * 4u + k;
    if (m < FILTERS) {
      if (ones && local < OWNERS + TILE_QUADS && first_channel == 0u) {
        partials[first + KERNEL_SIZE + m] = sums[0][k];
      }
      if (!ones && first_channel + c < CHANNELS) {
        for (var kx = 0u; kx < KERNEL; kx++) { // unroll
          partials[first + ((ky * KERNEL + kx) * CHANNELS + first_channel + c) * FILTERS + m] = sums[kx][k];
        }
      }
    }
  }
}
