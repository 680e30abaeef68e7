// The first layer's gradient of kernel and bias, straight from the pooled gradient: each live pooled
// value came from one place of the convolution.
//
//   dkernel[ky, kx, c, m] = Σ image, live (r, q): dy[m, r, q] · x[(r·POOL_STRIDE + i)·STRIDE + ky, (q·POOL_STRIDE + j)·STRIDE + kx, c]
//   dbias[m]              = Σ image, live (r, q): dy[m, r, q]        with (i, j) = argmax[r, q, m], live ≠ DEAD
//
// pixels   sheet (IMAGES) of HEIGHT × WIDTH texels   where WARPED is 1: the images from FIRST on, of
//                                              which x is warped as it is read, as in conv_pool
// slots    (TRIALS or 1, STEPS · BATCH)        what each place in each batch holds; EMPTY gives zeros
// clock    (64) u32                            clock[0] mod STEPS chooses the batch
// x        sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, padding included: where WARPED is 0
// dy       (TRIALS, BATCH, FILTERS, OUT_HEIGHT, LINE · 4)   planes
// argmax   (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, QUADS) u32: a byte for each of 4 channels
// partials (TRIALS, BATCH · CHUNKS · LANES_ACROSS, KERNEL·KERNEL·CHANNELS·FILTERS + FILTERS)   summed by sum_partials
// grid     x: image × chunk of ROWS pooled rows × every LANES_ACROSS-th pooled column, z: trial × tile of TILE filters
//
// A lane walks down its columns as conv_pool does: STRIDE rows of pixels at a time, with the gradients of
// the DEPTH rows of the convolution that they belong to, zero wherever no maximum stands.

const LANES: u32 = 16; // of a workgroup
const WARPED: u32 = 1;
const FIRST: u32 = 0;
const IMAGES: u32 = 400;
const STEPS: u32 = 10;
const HEIGHT: u32 = 200;
const WIDTH: u32 = 200;
const PIXELS_DOWN: u32 = 40;
const MEAN_R: f32 = 0.8406;
const MEAN_G: f32 = 0.8420;
const MEAN_B: f32 = 0.8554;
const STD_R: f32 = 0.3160;
const STD_G: f32 = 0.3158;
const STD_B: f32 = 0.2952;
const FRACTION: u32 = 21;
const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const X_DOWN: u32 = 80;
const X_HEIGHT: u32 = 203;
const X_WIDTH: u32 = 203;
const X_TOP: u32 = 1;
const X_LEFT: u32 = 1;
const CHANNELS: u32 = 3;
const KERNEL: u32 = 5;
const STRIDE: u32 = 2;
const FILTERS: u32 = 5;
const TILE: u32 = 5;
const LINE: u32 = 9; // ⌈OUT_WIDTH / 4⌉
const QUADS: u32 = 2; // ⌈FILTERS / 4⌉
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const ROWS: u32 = 33;
const COLUMNS: u32 = 5; // of a lane
const LANES_ACROSS: u32 = 7;
const DEPTH: u32 = 3; // ⌈KERNEL / STRIDE⌉
const SPAN: u32 = 9; // (POOL − 1) · STRIDE + KERNEL

const TILES = (FILTERS + TILE - 1u) / TILE;
const CHUNKS = (OUT_HEIGHT + ROWS - 1u) / ROWS;
const STRIPS = (ROWS - 1u) * POOL_STRIDE + POOL + DEPTH - 1u; // of STRIDE rows of pixels
const KERNEL_SIZE = KERNEL * KERNEL * CHANNELS * FILTERS;
const DEAD = 255u;

struct Slot { image: u32, label: u32, flip: u32, weight: f32, rotation: vec4f, offset: vec4f }
const EMPTY = 0xffffffffu;

@group(0) @binding(0) var pixels: texture_storage_2d<rgba8unorm, read>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read> argmax: array<u32>;
@group(0) @binding(6) var<storage, read_write> partials: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * LANES + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * CHUNKS * LANES_ACROSS) { return; }
  let trial = id.z / TILES;
  let first_filter = id.z % TILES * TILE;
  let across = lane % LANES_ACROSS;
  let chunk = lane / LANES_ACROSS % CHUNKS;
  let place = lane / (LANES_ACROSS * CHUNKS);
  let out = trial * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);

  var slot: Slot;
  var bank = vec2u(0u);
  if (WARPED == 1u) {
    slot = slots[image / BATCH * STEPS * BATCH + clock[0] % STEPS * BATCH + place];
    let empty = slot.image == EMPTY;
    if (empty && FIRST > 0u) { return; } // the first sheet's dispatch sees to it
    let number = select(slot.image - FIRST, 0u, empty);
    if (number >= IMAGES) { return; } // on another sheet
    bank = vec2u(number / PIXELS_DOWN * WIDTH, number % PIXELS_DOWN * HEIGHT);
  }
  let right = step_right(slot);

  var sums: array<f32, TILE * KERNEL * KERNEL * CHANNELS>;
  var bias_sums: array<f32, TILE>;
  for (var k = 0u; k < COLUMNS; k++) {
    let q = k * LANES_ACROSS + across;
    let corner = vec2u(image / X_DOWN * X_WIDTH + q * POOL_STRIDE * STRIDE, image % X_DOWN * X_HEIGHT);
    let left = i32(q * POOL_STRIDE * STRIDE) - i32(X_LEFT);
    var gradients: array<f32, DEPTH * TILE * POOL>; // of row d above the newest, by filter and column
    for (var m = 0u; m < TILE; m++) { // unroll
      for (var j = 0u; j < POOL; j++) { // unroll
        for (var d = 0u; d < DEPTH; d++) { // unroll
          gradients[(d * TILE + m) * POOL + j] = 0.0;
        }
      }
    }
    for (var strip = 0u; strip < STRIPS; strip++) {
      // The rows move on by one; the newest is row i of the windows of pooled row r.
      let i = strip % POOL_STRIDE;
      let r = chunk * ROWS + strip / POOL_STRIDE;
      let some = q < OUT_WIDTH && i < POOL && r < min(chunk * ROWS + ROWS, OUT_HEIGHT);
      for (var m = 0u; m < TILE; m++) { // unroll
        for (var j = 0u; j < POOL; j++) { // unroll
          for (var d = 0u; d < DEPTH; d++) { // unroll
            if (d < DEPTH - 1u) {
              gradients[((DEPTH - 1u - d) * TILE + m) * POOL + j] = gradients[((2u * DEPTH - 2u - d) % DEPTH * TILE + m) * POOL + j];
            } else {
              gradients[m * POOL + j] = 0.0;
            }
          }
        }
        if (some && first_filter + m < FILTERS) {
          let filter_m = first_filter + m;
          let word = argmax[((out * OUT_HEIGHT + r) * OUT_WIDTH + q) * QUADS + filter_m / 4u];
          let at = (word >> (filter_m % 4u * 8u)) & 255u;
          let gradient = dy[((out * FILTERS + filter_m) * OUT_HEIGHT + r) * LINE * 4u + q];
          for (var j = 0u; j < POOL; j++) { // unroll
            gradients[m * POOL + j] = select(0.0, gradient, at == i * POOL + j);
            bias_sums[m] += gradients[m * POOL + j];
          }
        }
      }
      for (var e = 0u; e < STRIDE; e++) { // unroll
        let line = (chunk * ROWS * POOL_STRIDE + strip) * STRIDE + e;
        let inside = line - X_TOP < HEIGHT && slot.image != EMPTY;
        let start = sample_at(slot, i32(line) - i32(X_TOP), left);
        var row: array<vec4f, SPAN>;
        for (var j = 0u; j < SPAN; j++) { // unroll
          if (WARPED == 1u) {
            let value = warp(bank, start + i32(j) * right);
            row[j] = select(vec4f(0.0), value, inside && u32(left + i32(j)) < WIDTH);
          } else {
            row[j] = textureLoad(x, corner + vec2u(j, line));
          }
        }
        for (var d = 0u; d < DEPTH; d++) { // unroll
          if (d * STRIDE + e < KERNEL) {
            for (var m = 0u; m < TILE; m++) { // unroll
              for (var kx = 0u; kx < KERNEL; kx++) { // unroll
                for (var c = 0u; c < CHANNELS; c++) { // unroll
                  for (var j = 0u; j < POOL; j++) { // unroll
                    sums[((m * KERNEL + (d * STRIDE + e) % KERNEL) * KERNEL + kx) * CHANNELS + c] +=
                      gradients[(d * TILE + m) * POOL + j] * row[j * STRIDE + kx][c];
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  let first = ((out * CHUNKS + chunk) * LANES_ACROSS + across) * (KERNEL_SIZE + FILTERS);
  for (var m = 0u; m < TILE; m++) { // unroll
    if (first_filter + m < FILTERS) {
      partials[first + KERNEL_SIZE + first_filter + m] = bias_sums[m];
      for (var ky = 0u; ky < KERNEL; ky++) { // unroll
        for (var kx = 0u; kx < KERNEL; kx++) { // unroll
          for (var c = 0u; c < CHANNELS; c++) { // unroll
            let tap = (ky * KERNEL + kx) * CHANNELS + c;
            partials[first + tap * FILTERS + first_filter + m] = sums[((m * KERNEL + ky) * KERNEL + kx) * CHANNELS + c];
          }
        }
      }
    }
  }
}

// A point of the image, (row, column) in multiples of 2⁻ᶠᴿᴬᶜᵀᴵᴼᴺ of a pixel: where an output pixel samples.
// Distances from the centre (H/2 + ½, W/2 + ½) are multiples of ½, and each coefficient comes as a multiple
// of 2⁻¹² and a remainder: the products of the first parts are exact in float32, the others are small.
fn sample_at(slot: Slot, row: i32, column: i32) -> vec2i {
  let r = f32(row) - 0.5 * f32(HEIGHT + 1u);
  let q = f32(select(column, i32(WIDTH) - 1 - column, slot.flip == 1u)) - 0.5 * f32(WIDTH + 1u);
  let high = vec2f(
    slot.rotation.x * r - slot.rotation.z * q + slot.offset.x,
    slot.rotation.z * r + slot.rotation.x * q + slot.offset.z,
  );
  let low = vec2f(
    slot.rotation.y * r - slot.rotation.w * q + slot.offset.y,
    slot.rotation.w * r + slot.rotation.y * q + slot.offset.w,
  );
  let whole = floor(high);
  return (vec2i(whole) << vec2u(FRACTION)) + vec2i((high - whole + low) * f32(1u << FRACTION));
}

// What one column to the right adds to it.
fn step_right(slot: Slot) -> vec2i {
  let toward = select(1.0, -1.0, slot.flip == 1u) * f32(1u << FRACTION);
  return vec2i(round(toward * vec2f(-slot.rotation.z - slot.rotation.w, slot.rotation.x + slot.rotation.y)));
}

// The z-scored value there: bilinear, clamped to the edge, where the pixel beyond has weight 0.
fn warp(bank: vec2u, point: vec2i) -> vec4f {
  let last = vec2i(i32(HEIGHT - 1u), i32(WIDTH - 1u)) << vec2u(FRACTION);
  let at = clamp(point, vec2i(0), last);
  let cell = bank + vec2u(at.yx >> vec2u(FRACTION));
  let part = vec2f(at & vec2i((1i << FRACTION) - 1i)) * (1.0 / f32(1u << FRACTION));
  let both = part.x * part.y;
  let value = (1.0 - part.x - part.y + both) * textureLoad(pixels, cell) +
    (part.y - both) * textureLoad(pixels, cell + vec2u(1u, 0u)) +
    (part.x - both) * textureLoad(pixels, cell + vec2u(0u, 1u)) +
    both * textureLoad(pixels, cell + vec2u(1u, 1u));
  return (value - vec4f(MEAN_R, MEAN_G, MEAN_B, 0.0)) * vec4f(1.0 / STD_R, 1.0 / STD_G, 1.0 / STD_B, 0.0);
}
