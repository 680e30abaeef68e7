// Convolution with "same" padding: the gradient of its input.
//
//   dx[r, q, c] = Σ ky, kx, m: kernel[ky, kx, c, m] · dz[(r + PAD_TOP − ky)/STRIDE, (q + PAD_LEFT − kx)/STRIDE, m]
//   over the ky and kx that divide without remainder; dz is stored in a border of zeros.
//
// dz         (TRIALS, BATCH, Z_HEIGHT, Z_WIDTH, FILTERS)   the map from (Z_TOP, Z_LEFT) on, in a border of zeros
// kernel     one page of pack_kernels (FORWARD = 0); page: the number of its first unit
// dx         (TRIALS, BATCH, HEIGHT, WIDTH, CHANNELS)
// grid       x: row × tile of COLUMNS columns, y: image, z: unit in the page = trial × tile of TILE channels
//
// COLUMNS is a multiple of STRIDE, so that which kx meets which column is known when compiling.

const BATCH: u32 = 32;
const HEIGHT: u32 = 33;
const WIDTH: u32 = 33;
const CHANNELS: u32 = 5;
const KERNEL: u32 = 5;
const STRIDE: u32 = 1;
const PAD_TOP: u32 = 2;
const PAD_LEFT: u32 = 2;
const FILTERS: u32 = 10;
const Z_HEIGHT: u32 = 37;
const Z_WIDTH: u32 = 37;
const Z_TOP: u32 = 2;
const Z_LEFT: u32 = 2; // ⌈(KERNEL − 1 − PAD_LEFT) / STRIDE⌉
const COLUMNS: u32 = 8;
const TILE: u32 = 5;
const SPAN: u32 = 12; // (COLUMNS − 1 + PAD_LEFT) / STRIDE + Z_LEFT + 1 columns of dz

const TILES = (CHANNELS + TILE - 1u) / TILE;
const COLUMN_TILES = (WIDTH + COLUMNS - 1u) / COLUMNS;
const BLOCK = (KERNEL * TILE + 3u) / 4u;
const UNIT = KERNEL * FILTERS * BLOCK;
const SHIFT = PAD_LEFT + Z_LEFT * STRIDE; // ≥ KERNEL − 1

@group(0) @binding(0) var<storage, read> dz: array<f32>;
@group(0) @binding(1) var<uniform> kernel: array<vec4f, 4096>;
@group(0) @binding(2) var<uniform> page: vec4u;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= HEIGHT * COLUMN_TILES) { return; }
  let unit = page.x + id.z;
  let trial = unit / TILES;
  let first_channel = unit % TILES * TILE;
  let row = id.x / COLUMN_TILES;
  let column = id.x % COLUMN_TILES * COLUMNS;
  let image = trial * BATCH + id.y;

  var sums: array<f32, COLUMNS * TILE>;
  for (var ky = 0u; ky < KERNEL; ky++) {
    let scaled = row + PAD_TOP + Z_TOP * STRIDE - ky;
    if (scaled % STRIDE != 0u) { continue; }
    let start = ((image * Z_HEIGHT + scaled / STRIDE) * Z_WIDTH + column / STRIDE) * FILTERS;
    for (var m = 0u; m < FILTERS; m++) {
      let weights = ((id.z * KERNEL + ky) * FILTERS + m) * BLOCK;
      var gradients: array<f32, SPAN>;
      for (var j = 0u; j < SPAN; j++) { // unroll
        gradients[j] = dz[start + j * FILTERS + m];
      }
      for (var kx = 0u; kx < KERNEL; kx++) { // unroll
        for (var c = 0u; c < TILE; c++) { // unroll
          let weight = kernel[weights + (kx * TILE + c) / 4u][(kx * TILE + c) % 4u];
          for (var i = 0u; i < COLUMNS; i++) { // unroll
            if ((i + SHIFT - kx) % STRIDE == 0u) {
              sums[i * TILE + c] += weight * gradients[(i + SHIFT - kx) / STRIDE];
            }
          }
        }
      }
    }
  }

  let first = ((image * HEIGHT + row) * WIDTH + column) * CHANNELS + first_channel;
  for (var i = 0u; i < COLUMNS; i++) { // unroll
    for (var c = 0u; c < TILE; c++) { // unroll
      if (column + i < WIDTH && first_channel + c < CHANNELS) {
        dx[first + i * CHANNELS + c] = sums[i * TILE + c];
      }
    }
  }
}
