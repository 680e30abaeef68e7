// Convolution with "same" padding, forward.
//
//   z[r, q, m] = bias[m] + Σ ky, kx, c: kernel[ky, kx, c, m] · x[r·STRIDE + ky − PAD_TOP, q·STRIDE + kx − PAD_LEFT, c]
//
// x          (TRIALS or 1, BATCH, HEIGHT, WIDTH, CHANNELS)   zero outside; one set may serve all trials
// parameters (TRIALS, ROW)                                   for the bias
// kernel     one page of pack_kernels, for UNITS_PER_PAGE units; page: the number of its first unit
// z          (TRIALS, BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS)
// grid       x: row × tile of COLUMNS columns, y: image, z: unit in the page = trial × tile of TILE filters
//
// One invocation keeps COLUMNS × TILE sums in registers, so that each pixel it loads serves up to
// KERNEL × TILE products and each weight COLUMNS.

const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const HEIGHT: u32 = 200;
const WIDTH: u32 = 200;
const CHANNELS: u32 = 3;
const KERNEL: u32 = 5;
const STRIDE: u32 = 2;
const PAD_TOP: u32 = 1;
const PAD_LEFT: u32 = 1;
const CONV_HEIGHT: u32 = 100;
const CONV_WIDTH: u32 = 100;
const FILTERS: u32 = 5;
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
    let input_row = row * STRIDE + ky - PAD_TOP; // wraps to a large number above the image
    let inside = input_row < HEIGHT;
    let start = (image * HEIGHT + min(input_row, HEIGHT - 1u)) * WIDTH;
    for (var c = 0u; c < CHANNELS; c++) {
      var pixels: array<f32, SPAN>;
      for (var j = 0u; j < SPAN; j++) { // unroll
        let input_column = column * STRIDE + j - PAD_LEFT;
        let pixel = x[(start + min(input_column, WIDTH - 1u)) * CHANNELS + c];
        pixels[j] = select(0.0, pixel, inside && input_column < WIDTH);
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

  let first = (((trial * BATCH + id.y) * CONV_HEIGHT + row) * CONV_WIDTH + column) * FILTERS + first_filter;
  for (var i = 0u; i < COLUMNS; i++) { // unroll
    for (var m = 0u; m < TILE; m++) { // unroll
      if (column + i < CONV_WIDTH && first_filter + m < FILTERS) {
        z[first + i * FILTERS + m] = sums[i * TILE + m];
      }
    }
  }
}
