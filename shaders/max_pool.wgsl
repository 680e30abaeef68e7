// ReLU and max-pool ("valid"), forward, with the place of each maximum.
//
//   y[r, q, m]    = max(0, max over (i, j) in the window: z[r·POOL_STRIDE + i, q·POOL_STRIDE + j, m])
//   argmax[r, q, m] = i·POOL + j of the first maximum, or DEAD where ReLU gave 0
//
// z      (TRIALS, BATCH, Z_HEIGHT, Z_WIDTH, FILTERS)   the map from (Z_TOP, Z_LEFT) on
// y      (TRIALS, BATCH, Y_HEIGHT, Y_WIDTH, FILTERS)   the map from (Y_TOP, Y_LEFT) on
// argmax (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) u32
// grid   x: output element of an image, y: image, z: trial

const BATCH: u32 = 32;
const FILTERS: u32 = 5;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const Z_HEIGHT: u32 = 100;
const Z_WIDTH: u32 = 100;
const Z_TOP: u32 = 0;
const Z_LEFT: u32 = 0;
const Y_HEIGHT: u32 = 37;
const Y_WIDTH: u32 = 37;
const Y_TOP: u32 = 2;
const Y_LEFT: u32 = 2;

const DEAD = 0xffffffffu;

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> argmax: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= OUT_HEIGHT * OUT_WIDTH * FILTERS) { return; }
  let m = id.x % FILTERS;
  let column = id.x / FILTERS % OUT_WIDTH;
  let row = id.x / FILTERS / OUT_WIDTH;
  let image = id.z * BATCH + id.y;

  var best = 0.0;
  var best_place = DEAD;
  for (var i = 0u; i < POOL; i++) {
    let z_row = image * Z_HEIGHT + Z_TOP + row * POOL_STRIDE + i;
    let start = (z_row * Z_WIDTH + Z_LEFT + column * POOL_STRIDE) * FILTERS + m;
    for (var j = 0u; j < POOL; j++) {
      let value = z[start + j * FILTERS];
      if (value > best) {
        best = value;
        best_place = i * POOL + j;
      }
    }
  }
  y[((image * Y_HEIGHT + Y_TOP + row) * Y_WIDTH + Y_LEFT + column) * FILTERS + m] = best;
  argmax[image * OUT_HEIGHT * OUT_WIDTH * FILTERS + id.x] = best_place;
}
