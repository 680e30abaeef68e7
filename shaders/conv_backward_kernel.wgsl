// Convolution with "same" padding: the gradient of kernel and bias, summed over a chunk of rows.
// Cut for adapters on the CPU; on a GPU conv_backward_kernel_gpu does the same. The first layer's is
// conv_pool_backward_kernel.
//
//   dkernel[ky, kx, c, m] = Σ image, r, q: dz[r, q, m] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//   dbias[m]              = Σ image, r, q: dz[r, q, m]
//
// x        sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, QUADS a pixel, padding included
// dz       sheet (TRIALS, BATCH) of DZ_HEIGHT × DZ_WIDTH texels, DZ_QUADS a pixel: pixel (r, q) at
//          (DZ_TOP + r·STRIDE, DZ_LEFT + q·STRIDE)
// partials (TRIALS, BATCH · CHUNKS, KERNEL·KERNEL·CHANNELS·FILTERS + FILTERS)   summed by sum_partials
// grid     x: image × chunk of ROWS rows × tile of CHANNEL_TILE channels × tile of TILE filters × ky, z: trial
//
// A tile is all channels (filters), or a multiple of four. One invocation walks along its rows,
// COLUMNS pixels of dz and the pixels of x under them in registers.

const LANES: u32 = 8; // lanes of a workgroup
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
const ROWS: u32 = 9;
const COLUMNS: u32 = 7;
const SPAN: u32 = 11; // (COLUMNS − 1) · STRIDE + KERNEL
const CHANNEL_TILE: u32 = 5;
const CHANNEL_QUADS: u32 = 2;
const TILE: u32 = 10;
const TILE_QUADS: u32 = 3;

const CHUNKS = (CONV_HEIGHT + ROWS - 1u) / ROWS;
const CHANNEL_TILES = (CHANNELS + CHANNEL_TILE - 1u) / CHANNEL_TILE;
const TILES = (FILTERS + TILE - 1u) / TILE;
const WEIGHTS = KERNEL * KERNEL * CHANNELS * FILTERS;
// The last columns of a row hang over its end, where another image may lie: its NaN times 0 is NaN.
const EVEN = CONV_WIDTH % COLUMNS == 0u;
const UNDER = (CONV_WIDTH - 1u) * STRIDE + KERNEL;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var dz: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * LANES + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * CHUNKS * CHANNEL_TILES * TILES * KERNEL) { return; }
  let ky = lane % KERNEL;
  let first_filter = lane / KERNEL % TILES * TILE;
  let first_channel = lane / (KERNEL * TILES) % CHANNEL_TILES * CHANNEL_TILE;
  let chunk = lane / (KERNEL * TILES * CHANNEL_TILES) % CHUNKS;
  let place = lane / (KERNEL * TILES * CHANNEL_TILES * CHUNKS);
  let out = id.z * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);
  let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH) + vec2u(first_channel / 4u, ky);
  let dz_corner = block_at(out, DZ_DOWN, DZ_HEIGHT, DZ_WIDTH) +
    vec2u(DZ_LEFT * DZ_QUADS + first_filter / 4u, DZ_TOP);

  var sums: array<f32, KERNEL * CHANNEL_TILE * TILE>;
  var bias_sums: array<f32, TILE>;
  for (var row = chunk * ROWS; row < min(chunk * ROWS + ROWS, CONV_HEIGHT); row++) { // at most ROWS rounds
    for (var column = 0u; column < CONV_WIDTH; column += COLUMNS) {
      var pixels: array<vec4f, SPAN * CHANNEL_QUADS>;
      for (var j = 0u; j < SPAN; j++) { // unroll
        for (var quad = 0u; quad < CHANNEL_QUADS; quad++) { // unroll
          let texel = vec2u((column * STRIDE + j) * QUADS + quad, row * STRIDE);
          let pixel = textureLoad(x, corner + texel);
          pixels[j * CHANNEL_QUADS + quad] = select(vec4f(0.0), pixel, EVEN | (column * STRIDE + j < UNDER));
        }
      }
      var gradients: array<vec4f, COLUMNS * TILE_QUADS>;
      for (var j = 0u; j < COLUMNS; j++) { // unroll
        for (var quad = 0u; quad < TILE_QUADS; quad++) { // unroll
          let texel = vec2u((column + j) * STRIDE * DZ_QUADS + quad, row * STRIDE);
          let gradient = textureLoad(dz, dz_corner + texel);
          gradients[j * TILE_QUADS + quad] = select(vec4f(0.0), gradient, column + j < CONV_WIDTH);
        }
      }
      for (var m = 0u; m < TILE; m++) { // unroll
        for (var j = 0u; j < COLUMNS; j++) { // unroll
          bias_sums[m] += gradients[j * TILE_QUADS + m / 4u][m % 4u];
        }
        for (var kx = 0u; kx < KERNEL; kx++) { // unroll
          for (var c = 0u; c < CHANNEL_TILE; c++) { // unroll
            for (var j = 0u; j < COLUMNS; j++) { // unroll
              sums[(kx * CHANNEL_TILE + c) * TILE + m] += gradients[j * TILE_QUADS + m / 4u][m % 4u] *
                pixels[(j * STRIDE + kx) * CHANNEL_QUADS + c / 4u][c % 4u];
            }
          }
        }
      }
    }
  }

  let first = (out * CHUNKS + chunk) * (WEIGHTS + FILTERS);
  for (var m = 0u; m < TILE; m++) { // unroll
    if (first_filter + m < FILTERS) {
      if (ky == 0u && first_channel == 0u) { partials[first + WEIGHTS + first_filter + m] = bias_sums[m]; }
      for (var kx = 0u; kx < KERNEL; kx++) { // unroll
        for (var c = 0u; c < CHANNEL_TILE; c++) { // unroll
          if (first_channel + c < CHANNELS) {
            let tap = (ky * KERNEL + kx) * CHANNELS + first_channel + c;
            partials[first + tap * FILTERS + first_filter + m] = sums[(kx * CHANNEL_TILE + c) * TILE + m];
          }
        }
      }
    }
  }
}
