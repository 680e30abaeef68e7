// ReLU and max-pool, backward: the gradient of the map before them.
//
//   dz[r, q, m] = Σ dy[m, pr, pc] over the windows (pr, pc) whose maximum stands at (r, q),
//                of equal ones the first, as max_pool wrote down in argmax
//
// dy     (TRIALS, BATCH, FILTERS, OUT_HEIGHT, LINE · 4)   planes
// argmax (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, QUADS) u32: a byte for each of 4 channels
// dz     sheet (TRIALS, BATCH) of DZ_HEIGHT × DZ_WIDTH texels: pixel (r, q) at (DZ_TOP + r·STRIDE,
//        DZ_LEFT + q·STRIDE) among zeros, as the gradient of the input reads it
// grid   x: image × row × four columns × four channels, z: trial

const BATCH: u32 = 32;
const FILTERS: u32 = 10;
const QUADS: u32 = 3;
const STRIDE: u32 = 1;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 2;
const CONV_HEIGHT: u32 = 33;
const CONV_WIDTH: u32 = 33;
const OUT_HEIGHT: u32 = 16;
const OUT_WIDTH: u32 = 16;
const LINE: u32 = 4; // ⌈OUT_WIDTH / 4⌉
const DZ_DOWN: u32 = 442;
const DZ_HEIGHT: u32 = 37;
const DZ_WIDTH: u32 = 111;
const DZ_TOP: u32 = 2;
const DZ_LEFT: u32 = 2;

const TILES = (CONV_WIDTH + 3u) / 4u;
const DEAD = 255u;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> argmax: array<u32>;
@group(0) @binding(2) var dz: texture_storage_2d<rgba32float, write>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

// The first window that holds a pixel: ⌈(position − POOL + 1) / POOL_STRIDE⌉, at least 0.
fn first_window(position: u32) -> u32 {
  return (max(position + 1u, POOL) - POOL + POOL_STRIDE - 1u) / POOL_STRIDE;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * 64u + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * CONV_HEIGHT * TILES * QUADS) { return; }
  let quad = lane % QUADS;
  let column = lane / QUADS % TILES * 4u;
  let row = lane / (QUADS * TILES) % CONV_HEIGHT;
  let image = id.z * BATCH + lane / (QUADS * TILES * CONV_HEIGHT);

  var sums: array<vec4f, 4>; // the sum of each column
  for (var pr = first_window(row); pr <= min(row / POOL_STRIDE, OUT_HEIGHT - 1u); pr++) { // at most (POOL - 1u) / POOL_STRIDE + 1u rounds
    for (var pc = first_window(column); pc <= min((column + 3u) / POOL_STRIDE, OUT_WIDTH - 1u); pc++) { // at most (POOL + 2u) / POOL_STRIDE + 1u rounds
      let word = argmax[((image * OUT_HEIGHT + pr) * OUT_WIDTH + pc) * QUADS + quad];
      for (var c = 0u; c < 4u; c++) { // unroll
        let place = (word >> (c * 8u)) & 255u;
        if (place != DEAD && pr * POOL_STRIDE + place / POOL == row) {
          let plane = image * FILTERS + quad * 4u + c;
          let gradient = dy[(plane * OUT_HEIGHT + pr) * LINE * 4u + pc];
          for (var q = 0u; q < 4u; q++) { // unroll
            sums[q][c] += select(0.0, gradient, pc * POOL_STRIDE + place % POOL == column + q);
          }
        }
      }
    }
  }
  for (var q = 0u; q < 4u; q++) { // unroll
    if (column + q < CONV_WIDTH) {
      let texel = block_at(image, DZ_DOWN, DZ_HEIGHT, DZ_WIDTH) +
        vec2u((DZ_LEFT + (column + q) * STRIDE) * QUADS + quad, DZ_TOP + row * STRIDE);
      textureStore(dz, texel, sums[q]);
    }
  }
}
