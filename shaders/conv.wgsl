// Convolution with "same" padding, forward.
//
//   z[r, q, m] = bias[m] + Σ ky, kx, c: kernel[ky, kx, c, m] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//
// x          (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH, CHANNELS)   the padding is stored, as zeros;
//            one set of images may serve all trials
// parameters (TRIALS, ROW)                                   for the bias
// kernel     one page of pack_kernels, for UNITS_PER_PAGE units; page: the number of its first unit
// z          (TRIALS, BATCH, Z_HEIGHT, Z_WIDTH, FILTERS)   CONV_HEIGHT × CONV_WIDTH from (Z_TOP, Z_LEFT) on
// grid       x: row × tile of COLUMNS columns, y: image, z: unit in the page = trial × tile of TILE filters
//
// One invocation keeps COLUMNS × TILE sums in registers, so that each pixel it loads serves up to
// KERNEL × TILE products and each weight COLUMNS. The last tile of a row computes, but does not store,
// what lies beyond the map.

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
const ROW: u32 = 2112;
const BIAS: u32 = 375;
const COLUMNS: u32 = 8;
const TILE: u32 = 5;
const SPAN: u32 = 19; // (COLUMNS − 1) · STRIDE + KERNEL input columns

const TILES = (FILTERS + TILE - 1u) / TILE;
const COLUMN_TILES = (CONV_WIDTH + COLUMNS - 1u) / COLUMNS;
const BLOCK = (KERNEL * TILE + 3u) / 4u;
const UNIT = KERNEL * CHANNELS * BLOCK;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var<uniform> kernel: array<vec4f, 4096>;
@group(0) @binding(3) var<uniform> page: vec4u;
@group(0) @binding(4) var<storage, read_write> z: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= CONV_HEIGHT * COLUMN_TILES) { return; }
  let unit = page.x + id.z;
  let trial = unit / TILES;
  let first_filter = unit % TILES * TILE;
  let row = id.x / COLUMN_TILES;
  let column = id.x % COLUMN_TILES * COLUMNS;
  let image = select(trial * BATCH, 0u, SHARED_IMAGES == 1u) + id.y;

  var sums: array<f32, COLUMNS * TILE>;
  for (var m = 0u; m < TILE; m++) { // unroll
    let bias = parameters[trial * ROW + BIAS + min(first_filter + m, FILTERS - 1u)];
    for (var i = 0u; i < COLUMNS; i++) { // unroll
      sums[i * TILE + m] = bias;
    }
  }

  var weights = id.z * UNIT;
  for (var ky = 0u; ky < KERNEL; ky++) {
    let start = ((image * X_HEIGHT + row * STRIDE + ky) * X_WIDTH + column * STRIDE) * CHANNELS;
    for (var c = 0u; c < CHANNELS; c++) {
      var pixels: array<f32, SPAN>;
      for (var j = 0u; j < SPAN; j++) { // unroll
        pixels[j] = x[start + j * CHANNELS + c];
      }
      for (var kx = 0u; kx < KERNEL; kx++) { // unroll
        for (var m = 0u; m < TILE; m++) { // unroll
          let weight = kernel[weights + (kx * TILE + m) / 4u][(kx * TILE + m) % 4u];
          for (var i = 0u; i < COLUMNS; i++) { // unroll
            sums[i * TILE + m] += weight * pixels[i * STRIDE + kx];
          }
        }
      }
      weights += BLOCK;
    }
  }

  let z_row = (trial * BATCH + id.y) * Z_HEIGHT + Z_TOP + row;
  let first = (z_row * Z_WIDTH + Z_LEFT + column) * FILTERS + first_filter;
  for (var i = 0u; i < COLUMNS; i++) { // unroll
    for (var m = 0u; m < TILE; m++) { // unroll
      if (column + i < CONV_WIDTH && first_filter + m < FILTERS) {
        z[first + i * FILTERS + m] = sums[i * TILE + m];
      }
    }
  }
}
