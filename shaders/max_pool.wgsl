// ReLU and max-pool ("valid"), forward, with the place of each maximum.
//
//   y[r, q, m]    = max(0, max over (i, j) in the window: z[r·POOL_STRIDE + i, q·POOL_STRIDE + j, m])
//   argmax[r, q, m] = i·POOL + j of the first maximum, or DEAD where ReLU gave 0
//
// z     (TRIALS, BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS)
// y     (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS)
// argmax (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) u32
// grid  x: output element of an image, y: image, z: trial

const BATCH: u32 = 32;
const CONV_HEIGHT: u32 = 100;
const CONV_WIDTH: u32 = 100;
const FILTERS: u32 = 5;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;

const DEAD = 0xffffffffu;

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> argmax: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= OUT_HEIGHT * OUT_WIDTH * FILTERS) { return; }
  let m = id.x % FILTERS;
  let column = id.x / FILTERS % OUT_WIDTH * POOL_STRIDE;
  let row = id.x / FILTERS / OUT_WIDTH * POOL_STRIDE;
  let image = id.z * BATCH + id.y;

  var best = 0.0;
  var best_place = DEAD;
  for (var i = 0u; i < POOL; i++) {
    let start = ((image * CONV_HEIGHT + row + i) * CONV_WIDTH + column) * FILTERS + m;
    for (var j = 0u; j < POOL; j++) {
      let value = z[start + j * FILTERS];
      if (value > best) {
        best = value;
        best_place = i * POOL + j;
      }
    }
  }
  let out = image * OUT_HEIGHT * OUT_WIDTH * FILTERS + id.x;
  y[out] = best;
  argmax[out] = best_place;
}
