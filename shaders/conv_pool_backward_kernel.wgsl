// The first layer's gradient of kernel and bias, straight from the pooled gradient: each live pooled
// value came from one place of the convolution, so only POOLED × KERNEL² × CHANNELS products are due.
//
//   dkernel[ky, kx, c, m] = Σ image, live (r, q): dy[r, q, m] · x[(r·POOL_STRIDE + i)·STRIDE + ky, (q·POOL_STRIDE + j)·STRIDE + kx, c]
//   dbias[m]              = Σ image, live (r, q): dy[r, q, m]        with (i, j) = argmax[r, q, m], live ≠ DEAD
//
// x          (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH, CHANNELS)   with its padding
// dy, argmax (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS)
// partials   (TRIALS, BATCH · CHUNKS, KERNEL·KERNEL·CHANNELS·FILTERS + FILTERS)   summed by sum_partials
// grid       x: chunk of ROWS pooled rows × tile of TILE taps of a kernel row × filter × ky, y: image, z: trial
//
// A kernel row is KERNEL · CHANNELS neighbouring floats of x. The ky of one filter are neighbours in
// the grid, so that lanes agree on what is dead.

const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const X_HEIGHT: u32 = 203;
const X_WIDTH: u32 = 203;
const CHANNELS: u32 = 3;
const KERNEL: u32 = 5;
const STRIDE: u32 = 2;
const FILTERS: u32 = 5;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const ROWS: u32 = 9;
const TILE: u32 = 15;

const TAPS = KERNEL * CHANNELS;
const TILES = (TAPS + TILE - 1u) / TILE;
const CHUNKS = (OUT_HEIGHT + ROWS - 1u) / ROWS;
const WEIGHTS = KERNEL * TAPS * FILTERS;
const DEAD = 0xffffffffu;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> argmax: array<u32>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= CHUNKS * TILES * FILTERS * KERNEL) { return; }
  let ky = id.x % KERNEL;
  let m = id.x / KERNEL % FILTERS;
  let first_tap = id.x / (KERNEL * FILTERS) % TILES * TILE;
  let chunk = id.x / (KERNEL * FILTERS * TILES);
  let image = select(id.z * BATCH, 0u, SHARED_IMAGES == 1u) + id.y;

  var sums: array<f32, TILE>;
  var bias_sum = 0.0;
  for (var r = chunk * ROWS; r < min(chunk * ROWS + ROWS, OUT_HEIGHT); r++) {
    for (var q = 0u; q < OUT_WIDTH; q++) {
      let out = (((id.z * BATCH + id.y) * OUT_HEIGHT + r) * OUT_WIDTH + q) * FILTERS + m;
      let place = argmax[out];
      if (place != DEAD) {
        let gradient = dy[out];
        let row = (r * POOL_STRIDE + place / POOL) * STRIDE + ky;
        let column = (q * POOL_STRIDE + place % POOL) * STRIDE;
        let start = ((image * X_HEIGHT + row) * X_WIDTH + column) * CHANNELS + first_tap;
        bias_sum += gradient;
        for (var t = 0u; t < TILE; t++) { // unroll
          sums[t] += gradient * x[start + t];
        }
      }
    }
  }

  let first = ((id.z * BATCH + id.y) * CHUNKS + chunk) * (WEIGHTS + FILTERS);
  if (ky == 0u && first_tap == 0u) { partials[first + WEIGHTS + m] = bias_sum; }
  for (var t = 0u; t < TILE; t++) { // unroll
    if (first_tap + t < TAPS) {
      partials[first + (ky * TAPS + first_tap + t) * FILTERS + m] = sums[t];
    }
  }
}
