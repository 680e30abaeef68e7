// ReLU and max-pool ("valid"), backward: each gradient goes to the pixel that was the maximum.
//
//   dz[r, q, m] = Σ windows (pr, pc) that hold (r, q) with argmax[pr, pc, m] = its place in them: dy[pr, pc, m]
//
// dy, argmax (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS)
// dz         (TRIALS, BATCH, Z_HEIGHT, Z_WIDTH, FILTERS)   the map from (Z_TOP, Z_LEFT) on
// grid      x: element of an image's dz, y: image, z: trial
//
// A gather, so overlapping windows (POOL_STRIDE < POOL) add in a fixed order without atomics.

const BATCH: u32 = 32;
const CONV_HEIGHT: u32 = 100;
const CONV_WIDTH: u32 = 100;
const FILTERS: u32 = 5;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const Z_HEIGHT: u32 = 100;
const Z_WIDTH: u32 = 100;
const Z_TOP: u32 = 0;
const Z_LEFT: u32 = 0;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> argmax: array<u32>;
@group(0) @binding(2) var<storage, read_write> dz: array<f32>;

// The first window that holds a pixel: ⌈(position − POOL + 1) / POOL_STRIDE⌉, at least 0.
fn first_window(position: u32) -> u32 {
  return (max(position + 1u, POOL) - POOL + POOL_STRIDE - 1u) / POOL_STRIDE;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= CONV_HEIGHT * CONV_WIDTH * FILTERS) { return; }
  let m = id.x % FILTERS;
  let column = id.x / FILTERS % CONV_WIDTH;
  let row = id.x / FILTERS / CONV_WIDTH;
  let image = id.z * BATCH + id.y;

  var sum = 0.0;
  for (var pr = first_window(row); pr <= min(row / POOL_STRIDE, OUT_HEIGHT - 1u); pr++) {
    for (var pc = first_window(column); pc <= min(column / POOL_STRIDE, OUT_WIDTH - 1u); pc++) {
      let place = (row - pr * POOL_STRIDE) * POOL + column - pc * POOL_STRIDE;
      let out = ((image * OUT_HEIGHT + pr) * OUT_WIDTH + pc) * FILTERS + m;
      if (argmax[out] == place) { sum += dy[out]; }
    }
  }
  dz[((image * Z_HEIGHT + Z_TOP + row) * Z_WIDTH + Z_LEFT + column) * FILTERS + m] = sum;
}
