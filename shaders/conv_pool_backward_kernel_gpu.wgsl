// The first layer's gradient of kernel and bias, as conv_pool_backward_kernel computes it, cut for GPUs.
//
//   dkernel[ky, kx, c, m] = Σ image, live (r, q): dy[m, r, q] · x[(r·POOL_STRIDE + i)·STRIDE + ky, (q·POOL_STRIDE + j)·STRIDE + kx, c]
//   dbias[m]              = Σ image, live (r, q): dy[m, r, q]        with (i, j) = argmax[r, q, m], live ≠ DEAD
//
// pixels, slots, clock   as in augment; x as in conv_pool
// dy       (TRIALS, BATCH, FILTERS, OUT_HEIGHT, LINE · 4)   planes
// argmax   (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, QUADS) u32: a byte for each of 4 channels
// partials (TRIALS, BATCH · CHUNKS · ACROSS, KERNEL·KERNEL·CHANNELS·FILTERS + FILTERS)   summed by sum_partials
// grid     x: image × chunk of ROUNDS · ROWS pooled rows × tile of COLUMNS pooled columns, z: trial × tile of TILE filters
//
// A workgroup warps the pixels under ROWS × COLUMNS windows into workgroup memory at a time, and lists the
// gradients there with the places of their maxima. A lane owns PER_LANE taps (ky, kx, c) of TILE filters; the
// tap behind the last is the bias, whose pixel is 1.

const LANES: u32 = 96; // lanes of a workgroup
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
const FB: u32 = 0;
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
const LINE: u32 = 9; // ⌈OUT_WIDTH / 4⌉
const QUADS: u32 = 2; // ⌈FILTERS / 4⌉
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const TILE: u32 = 5;
const ROWS: u32 = 2;
const ROUNDS: u32 = 6;
const COLUMNS: u32 = 7;
const AT_ONCE: u32 = 4; // pixels that a lane waits for together
const PER_LANE: u32 = 1; // ⌈(KERNEL² · CHANNELS + 1) / LANES⌉

const TILES = (FILTERS + TILE - 1u) / TILE;
const CHUNKS = (OUT_HEIGHT + ROUNDS * ROWS - 1u) / (ROUNDS * ROWS);
const ACROSS = (OUT_WIDTH + COLUMNS - 1u) / COLUMNS;
const TAPS = KERNEL * KERNEL * CHANNELS;
const KERNEL_SIZE = TAPS * FILTERS;
const LINES = ((ROWS - 1u) * POOL_STRIDE + POOL - 1u) * STRIDE + KERNEL;
const SPAN = ((COLUMNS - 1u) * POOL_STRIDE + POOL - 1u) * STRIDE + KERNEL;
const BESIDE = LINES * SPAN * CHANNELS; // the place of the one
const DEAD = 255u;

struct Slot { image: u32, label: u32, flip: u32, weight: f32, cosine: vec2i, sine: vec2i, row: vec2i, column: vec2i, foreground: u32, background: u32 }
const EMPTY = 0xffffffffu;
const ONE = f32(1u << FRACTION);
const SCALE = vec3f(1.0 / (255.0 * STD_R), 1.0 / (255.0 * STD_G), 1.0 / (255.0 * STD_B));
const SHIFT = vec3f(MEAN_R / STD_R, MEAN_G / STD_G, MEAN_B / STD_B);

@group(0) @binding(0) var pixels: texture_storage_2d<r32uint, read>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read> argmax: array<u32>;
@group(0) @binding(6) var<storage, read_write> partials: array<f32>;

var<workgroup> under: array<f32, LINES * SPAN * CHANNELS + 1u>; // (line, column, channel), then a one
var<workgroup> gradients: array<f32, ROWS * COLUMNS * TILE>; // the gradient of each maximum
var<workgroup> places: array<u32, ROWS * COLUMNS * TILE>; // the place of the first pixel under it

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

// Where an output pixel samples the image, (row, column), in two parts of fixed point: multiples of 2⁻¹³ of a
// pixel, and what is missing in multiples of 2⁻⁸⁻ᶠᴿᴬᶜᵀᴵᴼᴺ. In integers all shaders and devices sample alike.
fn high_at(slot: Slot, row: i32, column: i32) -> vec2i {
  let r = 2 * row - i32(HEIGHT + 1u); // from the centre (H/2 + ½, W/2 + ½), in halves
  let q = 2 * select(column, i32(WIDTH) - 1 - column, slot.flip == 1u) - i32(WIDTH + 1u);
  return vec2i(
    slot.cosine.x * r - slot.sine.x * q + slot.row.x,
    slot.sine.x * r + slot.cosine.x * q + slot.column.x,
  );
}

fn low_at(slot: Slot, row: i32, column: i32) -> vec2i {
  let r = 2 * row - i32(HEIGHT + 1u);
  let q = 2 * select(column, i32(WIDTH) - 1 - column, slot.flip == 1u) - i32(WIDTH + 1u);
  return vec2i(
    slot.cosine.y * r - slot.sine.y * q + slot.row.y,
    slot.sine.y * r + slot.cosine.y * q + slot.column.y,
  );
}

// The lower three bytes of a word: red, green, blue.
fn bytes(word: u32) -> vec3f {
  return vec3f(vec3i(vec3u(word & 255u, (word >> 8u) & 255u, (word >> 16u) & 255u)));
}

// The bytes of a pixel or, where it is shown in two colours, how far it is from white.
fn colours(at: vec2u) -> vec3f {
  let own = bytes(textureLoad(pixels, at).x);
  if (FB == 1u) { return vec3f(255.0 - min(min(own.x, own.y), own.z)); }
  return own;
}

// The z-scored colours there: bilinear, and clamped to the edge, where what lies beyond has no weight.
fn warp(slot: Slot, bank: vec2u, high: vec2i, low: vec2i) -> vec4f {
  let row = clamp((high.x << (FRACTION - 13u)) + (low.x >> 8u), 0, i32((HEIGHT - 1u) << FRACTION));
  let column = clamp((high.y << (FRACTION - 13u)) + (low.y >> 8u), 0, i32((WIDTH - 1u) << FRACTION));
  let cell = bank + vec2u(u32(column) >> FRACTION, u32(row) >> FRACTION);
  let down = f32(row & i32((1u << FRACTION) - 1u)) / ONE;
  let across = f32(column & i32((1u << FRACTION) - 1u)) / ONE;
  let both = down * across;
  var value = (1.0 - down - across + both) * colours(cell) +
    (across - both) * colours(cell + vec2u(1u, 0u)) +
    (down - both) * colours(cell + vec2u(0u, 1u)) +
    both * colours(cell + vec2u(1u, 1u));
  if (FB == 1u) {
    let share = value / max(f32(slot.foreground >> 24u), 1.0); // of the image's farthest pixel from white
    value = bytes(slot.background) + share * (bytes(slot.foreground) - bytes(slot.background));
  }
  return vec4f(value * SCALE - SHIFT, 0.0);
}

// A pixel of x: warped out of its bank, or where it lies.
fn pixel(slot: Slot, bank: vec2u, corner: vec2u, at: vec2u) -> vec4f {
  if (WARPED == 1u) {
    let row = at.y - X_TOP; // a negative row comes out beyond the last
    let column = at.x - X_LEFT;
    let value = warp(slot, bank, high_at(slot, i32(row), i32(column)), low_at(slot, i32(row), i32(column)));
    return select(vec4f(0.0), value, row < HEIGHT && column < WIDTH && slot.image != EMPTY);
  }
  if (at.x >= X_WIDTH || at.y >= X_HEIGHT) { return vec4f(0.0); }
  return textureLoad(x, corner + at);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(num_workgroups) groups: vec3u,
) {
  let trial = group.z / TILES;
  let first_filter = group.z % TILES * TILE;
  let number = group.y * groups.x + group.x; // a grid axis ends at 65 535 workgroups
  let across = number % ACROSS;
  let chunk = number / ACROSS % CHUNKS;
  let place = min(number / (ACROSS * CHUNKS), BATCH - 1u);
  let out = trial * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);

  // The slot or the sheet that x comes from.
  var slot: Slot;
  var bank = vec2u(0u);
  var here = number < BATCH * ACROSS * CHUNKS;
  if (WARPED == 1u) {
    slot = slots[image / BATCH * STEPS * BATCH + clock[0] % STEPS * BATCH + place];
    let empty = slot.image == EMPTY;
    let index = select(slot.image - FIRST, 0u, empty);
    here = here && index < IMAGES && !(empty && FIRST > 0u); // else the image lies on another sheet
    bank = block_at(index, PIXELS_DOWN, HEIGHT, WIDTH);
  }
  let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH);
  let left = across * COLUMNS * POOL_STRIDE * STRIDE;

  var taps: array<u32, PER_LANE>; // the place of a tap's pixel behind the first
  var scales: array<u32, PER_LANE>; // 0 for the bias
  for (var k = 0u; k < PER_LANE; k++) { // unroll
    let tap = k * LANES + local;
    let c = tap % CHANNELS;
    let kx = tap / CHANNELS % KERNEL;
    let ky = tap / (CHANNELS * KERNEL);
    taps[k] = select(BESIDE, (ky * SPAN + kx) * CHANNELS + c, tap < TAPS);
    scales[k] = select(0u, 1u, tap < TAPS);
  }
  if (local == 0u) { under[BESIDE] = 1.0; }

  var sums: array<f32, PER_LANE * TILE>;
  for (var round = 0u; round < ROUNDS; round++) {
    let top = (chunk * ROUNDS + round) * ROWS; // the first pooled row
    workgroupBarrier();
    for (var i = local; i < LINES * SPAN; i += AT_ONCE * LANES) { // at most (LINES * SPAN + AT_ONCE * LANES - 1u) / (AT_ONCE * LANES) rounds
      var values: array<vec4f, AT_ONCE>;
      for (var k = 0u; k < AT_ONCE; k++) { // unroll
        let at = i + k * LANES;
        values[k] = pixel(slot, bank, corner, vec2u(left + at % SPAN, top * POOL_STRIDE * STRIDE + at / SPAN));
      }
      for (var k = 0u; k < AT_ONCE; k++) { // unroll
        if (i + k * LANES < LINES * SPAN) {
          for (var c = 0u; c < CHANNELS; c++) { // unroll
            under[(i + k * LANES) * CHANNELS + c] = values[k][c];
          }
        }
      }
    }
    for (var i = local; i < ROWS * COLUMNS * TILE; i += LANES) { // at most (ROWS * COLUMNS * TILE + LANES - 1u) / LANES rounds
      let m = first_filter + i % TILE;
      let q = i / TILE % COLUMNS;
      let row = i / (TILE * COLUMNS);
      gradients[i] = 0.0;
      places[i] = 0u;
      if (m < FILTERS && top + row < OUT_HEIGHT && across * COLUMNS + q < OUT_WIDTH) {
        let pooled = (out * OUT_HEIGHT + top + row) * OUT_WIDTH + across * COLUMNS + q;
        let at = (argmax[pooled * QUADS + m / 4u] >> (m % 4u * 8u)) & 255u;
        if (at != DEAD) {
          let line = (row * POOL_STRIDE + at / POOL) * STRIDE;
          let column = (q * POOL_STRIDE + at % POOL) * STRIDE;
          gradients[i] = dy[((out * FILTERS + m) * OUT_HEIGHT + top + row) * LINE * 4u + across * COLUMNS + q];
          places[i] = (line * SPAN + column) * CHANNELS;
        }
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < ROWS * COLUMNS; i++) {
      for (var m = 0u; m < TILE; m++) { // unroll
        let gradient = gradients[i * TILE + m];
        let first = places[i * TILE + m];
        for (var k = 0u; k < PER_LANE; k++) { // unroll
          sums[k * TILE + m] += gradient * under[first * scales[k] + taps[k]];
        }
      }
    }
  }

  if (!here) { return; }
  let first = ((out * CHUNKS + chunk) * ACROSS + across) * (KERNEL_SIZE + FILTERS);
  for (var k = 0u; k < PER_LANE; k++) { // unroll
    let tap = k * LANES + local;
    for (var m = 0u; m < TILE; m++) { // unroll
      if (tap <= TAPS && first_filter + m < FILTERS) {
        partials[first + tap * FILTERS + first_filter + m] = sums[k * TILE + m];
      }
    }
  }
}
