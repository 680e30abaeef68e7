// The first layer's gradient of kernel and bias, straight from the pooled gradient: each live pooled
// value came from one place of the convolution, so only POOLED × KERNEL² × CHANNELS products are due.
// Cut for adapters on the CPU; on a GPU conv_pool_backward_kernel_gpu does the same.
//
//   dkernel[ky, kx, c, m] = Σ image, live (r, q): dy[m, r, q] · x[(r·POOL_STRIDE + i)·STRIDE + ky, (q·POOL_STRIDE + j)·STRIDE + kx, c]
//   dbias[m]              = Σ image, live (r, q): dy[m, r, q]        with (i, j) = argmax[r, q, m], live ≠ DEAD
//
// x        sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, QUADS a pixel, padding included
// dy       (TRIALS, BATCH, FILTERS, OUT_HEIGHT, LINE · 4)   planes
// argmax   (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, ⌈FILTERS/4⌉) u32: a byte for each of 4 channels
// partials (TRIALS, BATCH · CHUNKS, KERNEL·KERNEL·CHANNELS·FILTERS + FILTERS)   summed by sum_partials
// grid     x: image × chunk of ROWS pooled rows × tile of TAP_ROWS kernel rows × filter, z: trial

const LANES: u32 = 8; // lanes of a workgroup
const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const X_DOWN: u32 = 80;
const X_HEIGHT: u32 = 203;
const X_WIDTH: u32 = 203;
const QUADS: u32 = 1;
const CHANNELS: u32 = 3;
const KERNEL: u32 = 5;
const STRIDE: u32 = 2;
const FILTERS: u32 = 5;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const LINE: u32 = 9; // ⌈OUT_WIDTH / 4⌉
const ROWS: u32 = 9;
const TAP_ROWS: u32 = 5;

const TILES = (KERNEL + TAP_ROWS - 1u) / TAP_ROWS;
const CHUNKS = (OUT_HEIGHT + ROWS - 1u) / ROWS;
const WEIGHTS = KERNEL * KERNEL * CHANNELS * FILTERS;
const FILTER_QUADS = (FILTERS + 3u) / 4u;
const DEAD = 255u;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> argmax: array<u32>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * LANES + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * CHUNKS * TILES * FILTERS) { return; }
  let m = lane % FILTERS;
  let first_row = lane / FILTERS % TILES * TAP_ROWS;
  let chunk = lane / (FILTERS * TILES) % CHUNKS;
  let place = lane / (FILTERS * TILES * CHUNKS);
  let out = id.z * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);
  let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH) + vec2u(0u, first_row);

  var sums: array<f32, TAP_ROWS * KERNEL * CHANNELS>;
  var bias_sum = 0.0;
  for (var r = chunk * ROWS; r < min(chunk * ROWS + ROWS, OUT_HEIGHT); r++) { // at most ROWS rounds
    for (var q = 0u; q < OUT_WIDTH; q++) {
      let word = argmax[((out * OUT_HEIGHT + r) * OUT_WIDTH + q) * FILTER_QUADS + m / 4u];
      let at = (word >> (m % 4u * 8u)) & 255u;
      if (at != DEAD) {
        let gradient = dy[((out * FILTERS + m) * OUT_HEIGHT + r) * LINE * 4u + q];
        let row = (r * POOL_STRIDE + at / POOL) * STRIDE;
        let column = (q * POOL_STRIDE + at % POOL) * STRIDE;
        bias_sum += gradient;
        for (var ky = 0u; ky < TAP_ROWS; ky++) { // unroll
          for (var kx = 0u; kx < KERNEL; kx++) { // unroll
            var pixel: array<vec4f, QUADS>;
            for (var quad = 0u; quad < QUADS; quad++) { // unroll
              pixel[quad] = textureLoad(x, corner + vec2u((column + kx) * QUADS + quad, row + ky));
            }
            for (var c = 0u; c < CHANNELS; c++) { // unroll
              sums[(ky * KERNEL + kx) * CHANNELS + c] += gradient * pixel[c / 4u][c % 4u];
            }
          }
        }
      }
    }
  }

  let first = (out * CHUNKS + chunk) * (WEIGHTS + FILTERS);
  if (first_row == 0u) { partials[first + WEIGHTS + m] = bias_sum; }
  for (var ky = 0u; ky < TAP_ROWS; ky++) { // unroll
    if (first_row + ky < KERNEL) {
      for (var kx = 0u; kx < KERNEL; kx++) { // unroll
        for (var c = 0u; c < CHANNELS; c++) { // unroll
          let tap = ((first_row + ky) * KERNEL + kx) * CHANNELS + c;
          partials[first + tap * FILTERS + m] = sums[(ky * KERNEL + kx) * CHANNELS + c];
        }
      }
    }
  }
}
