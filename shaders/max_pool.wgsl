// ReLU and max-pool ("valid"), forward, with the place of each maximum.
//
//   y[r, q, m]      = max(0, max over (i, j) in the window: z[m, r·POOL_STRIDE + i, q·POOL_STRIDE + j])
//   argmax[r, q, m] = i·POOL + j of the first maximum, or DEAD where ReLU gave 0
//
// z      (TRIALS, BATCH, FILTERS, CONV_HEIGHT, LINE) vec4f: planes
// y      sheet (TRIALS, BATCH) of Y_HEIGHT × Y_WIDTH texels, the map from (Y_TOP, Y_LEFT) on
// argmax (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, Y_QUADS) u32: a byte for each of 4 channels
// grid   x: image × row × four columns × four channels, z: trial
//
// One invocation turns 4 channels of planes into 4 pixels of a texel each.

const BATCH: u32 = 32;
const FILTERS: u32 = 10;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 2;
const CONV_HEIGHT: u32 = 33;
const LINE: u32 = 9; // ⌈CONV_WIDTH / 4⌉
const OUT_HEIGHT: u32 = 16;
const OUT_WIDTH: u32 = 16;
const Y_DOWN: u32 = 819;
const Y_HEIGHT: u32 = 20;
const Y_WIDTH: u32 = 60;
const Y_QUADS: u32 = 3;
const Y_TOP: u32 = 2;
const Y_LEFT: u32 = 2;
const VECTORS: u32 = 3; // ⌈(3 · POOL_STRIDE + POOL) / 4⌉ of them lie under four windows

const TILES = (OUT_WIDTH + 3u) / 4u;
const DEAD = 255u;

@group(0) @binding(0) var<storage, read> z: array<vec4f>;
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, write>;
@group(0) @binding(2) var<storage, read_write> argmax: array<u32>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * 64u + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * OUT_HEIGHT * TILES * Y_QUADS) { return; }
  let quad = lane % Y_QUADS;
  let column = lane / Y_QUADS % TILES * 4u;
  let row = lane / (Y_QUADS * TILES) % OUT_HEIGHT;
  let out = id.z * BATCH + lane / (Y_QUADS * TILES * OUT_HEIGHT);

  var best: array<vec4f, 4>; // the best of each column, where 0 is ReLU
  var places: array<vec4u, 4>;
  for (var q = 0u; q < 4u; q++) { // unroll
    places[q] = vec4u(DEAD);
  }
  for (var c = 0u; c < 4u; c++) { // unroll
    if (quad * 4u + c < FILTERS) {
      let plane = ((out * FILTERS + quad * 4u + c) * CONV_HEIGHT + row * POOL_STRIDE) * LINE +
        column / 4u * POOL_STRIDE;
      for (var i = 0u; i < POOL; i++) { // unroll
        var line: array<vec4f, VECTORS>;
        for (var v = 0u; v < VECTORS; v++) { // unroll
          line[v] = z[plane + i * LINE + v];
        }
        for (var q = 0u; q < 4u; q++) { // unroll
          for (var j = 0u; j < POOL; j++) { // unroll
            let value = line[(q * POOL_STRIDE + j) / 4u][(q * POOL_STRIDE + j) % 4u];
            let more = value > best[q][c];
            best[q][c] = select(best[q][c], value, more);
            places[q][c] = select(places[q][c], i * POOL + j, more);
          }
        }
      }
    }
  }
  for (var q = 0u; q < 4u; q++) { // unroll
    if (column + q < OUT_WIDTH) {
      let pixel = block_at(out, Y_DOWN, Y_HEIGHT, Y_WIDTH) +
        vec2u((Y_LEFT + column + q) * Y_QUADS + quad, Y_TOP + row);
      textureStore(y, pixel, best[q]);
      let bytes = places[q] << vec4u(0u, 8u, 16u, 24u);
      argmax[((out * OUT_HEIGHT + row) * OUT_WIDTH + column + q) * Y_QUADS + quad] =
        bytes.x | bytes.y | bytes.z | bytes.w;
    }
  }
}
