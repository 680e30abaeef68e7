// Convolution with "same" padding: the gradient of kernel and bias, summed over a chunk of rows.
//
//   dkernel[ky, kx, c, m] = Σ image, r, q: dz[r, q, m] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//   dbias[m]              = Σ image, r, q: dz[r, q, m]
//
// x        (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH, CHANNELS)   with its padding
// dz       (TRIALS, BATCH, Z_HEIGHT, Z_WIDTH, FILTERS)         CONV_HEIGHT × CONV_WIDTH from (Z_TOP, Z_LEFT) on
// partials (TRIALS, BATCH · CHUNKS, KERNEL·KERNEL·CHANNELS·FILTERS + FILTERS)   summed by sum_partials
// grid     x: chunk of ROWS rows × ky × tile of CHANNEL_TILE channels × tile of TILE filters, y: image, z: trial
//
// One invocation walks along its rows with a window of KERNEL × CHANNEL_TILE pixels in registers.

const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const X_HEIGHT: u32 = 203;
const X_WIDTH: u32 = 203;
const CHANNELS: u32 = 3;
const KERNEL: u32 = 5;
const STRIDE: u32 = 2;
const CONV_HEIGHT: u32 = 100;
const CONV_WIDTH: u32 = 100;
const FILTERS: u32 = 5;
const Z_HEIGHT: u32 = 100;
const Z_WIDTH: u32 = 100;
const Z_TOP: u32 = 0;
const Z_LEFT: u32 = 0;
const ROWS: u32 = 25;
const CHANNEL_TILE: u32 = 3;
const TILE: u32 = 5;
const KEPT: u32 = 3; // max(KERNEL − STRIDE, 0) columns of the window serve the next pixel too
const FRESH: u32 = 2; // KERNEL − KEPT columns are loaded

const CHUNKS = (CONV_HEIGHT + ROWS - 1u) / ROWS;
const CHANNEL_TILES = (CHANNELS + CHANNEL_TILE - 1u) / CHANNEL_TILE;
const TILES = (FILTERS + TILE - 1u) / TILE;
const UNITS = KERNEL * CHANNEL_TILES * TILES;
const WEIGHTS = KERNEL * KERNEL * CHANNELS * FILTERS;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dz: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= CHUNKS * UNITS) { return; }
  let chunk = id.x / UNITS;
  let ky = id.x / (CHANNEL_TILES * TILES) % KERNEL;
  let first_channel = id.x / TILES % CHANNEL_TILES * CHANNEL_TILE;
  let first_filter = id.x % TILES * TILE;
  let trial = id.z;
  let image = select(trial * BATCH, 0u, SHARED_IMAGES == 1u) + id.y;

  var sums: array<f32, KERNEL * CHANNEL_TILE * TILE>;
  var bias_sums: array<f32, TILE>;
  for (var row = chunk * ROWS; row < min(chunk * ROWS + ROWS, CONV_HEIGHT); row++) {
    let start = ((image * X_HEIGHT + row * STRIDE + ky) * X_WIDTH) * CHANNELS + first_channel;
    let z_row = (trial * BATCH + id.y) * Z_HEIGHT + Z_TOP + row;
    let dz_start = (z_row * Z_WIDTH + Z_LEFT) * FILTERS + first_filter;

    var window: array<f32, KERNEL * CHANNEL_TILE>; // (kx, channel)
    for (var kx = 0u; kx < KEPT; kx++) { // unroll
      for (var c = 0u; c < CHANNEL_TILE; c++) { // unroll
        window[(kx + FRESH) * CHANNEL_TILE + c] = x[start + kx * CHANNELS + c];
      }
    }
    for (var column = 0u; column < CONV_WIDTH; column++) {
      for (var kx = 0u; kx < KEPT; kx++) { // unroll
        for (var c = 0u; c < CHANNEL_TILE; c++) { // unroll
          window[kx * CHANNEL_TILE + c] = window[(kx + FRESH) * CHANNEL_TILE + c];
        }
      }
      for (var kx = 0u; kx < FRESH; kx++) { // unroll
        for (var c = 0u; c < CHANNEL_TILE; c++) { // unroll
          window[(kx + KEPT) * CHANNEL_TILE + c] = x[start + (column * STRIDE + kx + KEPT) * CHANNELS + c];
        }
      }
      for (var m = 0u; m < TILE; m++) { // unroll
        let gradient = dz[dz_start + column * FILTERS + m];
        bias_sums[m] += gradient;
        for (var kx = 0u; kx < KERNEL; kx++) { // unroll
          for (var c = 0u; c < CHANNEL_TILE; c++) { // unroll
            sums[(kx * CHANNEL_TILE + c) * TILE + m] += gradient * window[kx * CHANNEL_TILE + c];
          }
        }
      }
    }
  }

  let first = ((trial * BATCH + id.y) * CHUNKS + chunk) * (WEIGHTS + FILTERS);
  for (var m = 0u; m < TILE; m++) { // unroll
    let filter_index = first_filter + m;
    if (filter_index < FILTERS) {
      if (ky == 0u && first_channel == 0u) { partials[first + WEIGHTS + filter_index] = bias_sums[m]; }
      for (var kx = 0u; kx < KERNEL; kx++) { // unroll
        for (var c = 0u; c < CHANNEL_TILE; c++) { // unroll
          if (first_channel + c < CHANNELS) {
            let tap = (ky * KERNEL + kx) * CHANNELS + first_channel + c;
            partials[first + tap * FILTERS + filter_index] = sums[(kx * CHANNEL_TILE + c) * TILE + m];
          }
        }
      }
    }
  }
}
