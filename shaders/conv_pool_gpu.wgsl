// The first layer in one, as conv_pool computes it, cut for GPUs: convolution, ReLU and max-pool ("valid").
//
//   z[r, q, m]      = bias[m] + Σ ky, c, kx: kernel[ky, kx, c, m] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//   y[r, q, m]      = max(0, max over (i, j) in the window: z[r·POOL_STRIDE + i, q·POOL_STRIDE + j, m])
//   argmax[r, q, m] = i·POOL + j of the first maximum, or DEAD where ReLU gave 0
//
// pixels, slots, clock         as in augment
// x, parameters, y, argmax     as in conv_pool
// grid   x: image × group of DOWN chunks of ROWS pooled rows × tile of COLUMNS pooled columns,
//        z: trial × tile of TILE filters
//
// A lane walks down its column with all sums of its tile in registers: the DEPTH rows of the convolution to
// which a row of pixels belongs. The lanes of a workgroup warp each row of pixels together, into workgroup
// memory, where the weights lie too. A tile is all filters, or a multiple of four.

const LANES: u32 = 128; // lanes of a workgroup
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
const TILE: u32 = 5;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 0;
const BIAS: u32 = 376;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const ROWS: u32 = 5;
const DOWN: u32 = 7;
const COLUMNS: u32 = 17;
const DEPTH: u32 = 3; // ⌈KERNEL / STRIDE⌉
const SPAN: u32 = 9; // (POOL − 1) · STRIDE + KERNEL: pixels of a row under a window
const Y_DOWN: u32 = 442;
const Y_HEIGHT: u32 = 37;
const Y_WIDTH: u32 = 74;
const Y_QUADS: u32 = 2;
const Y_TOP: u32 = 2;
const Y_LEFT: u32 = 2;
const TILE_QUADS: u32 = 2; // ⌈TILE / 4⌉
const AT_ONCE: u32 = 4; // pixels that a lane waits for together
const PLACES: u32 = 8; // 4 · TILE_QUADS

const TILES = (FILTERS + TILE - 1u) / TILE;
const CHUNKS = (OUT_HEIGHT + ROWS - 1u) / ROWS;
const GROUPS_DOWN = (CHUNKS + DOWN - 1u) / DOWN;
const ACROSS = (OUT_WIDTH + COLUMNS - 1u) / COLUMNS;
const STEP = POOL_STRIDE * STRIDE; // pixels from one window to the next
const LINE = (COLUMNS - 1u) * STEP + SPAN; // pixels of a row under the tile
const STRIPS = (ROWS - 1u) * POOL_STRIDE + POOL + DEPTH - 1u; // strips of STRIDE rows of pixels
const TAPS = KERNEL * KERNEL * CHANNELS;
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
@group(0) @binding(4) var<storage, read> parameters: array<f32>;
@group(0) @binding(5) var y: texture_storage_2d<rgba32float, write>;
@group(0) @binding(6) var<storage, read_write> argmax: array<u32>;

var<workgroup> weights: array<vec4f, TAPS * TILE_QUADS>; // (ky, c, kx, quad of filters)
var<workgroup> under: array<f32, DOWN * LINE * CHANNELS>; // (chunk, column, channel): a row of pixels each

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

// Four filters' weights of a tap, zeros beyond the last filter.
fn weights_of_tap(trial: u32, first: u32, tap: u32) -> vec4f {
  let kx = tap % KERNEL;
  let c = tap / KERNEL % CHANNELS;
  let ky = tap / (KERNEL * CHANNELS);
  var four = vec4f(0.0);
  for (var k = 0u; k < 4u; k++) { // unroll
    if (first + k < FILTERS) {
      four[k] = parameters[trial * ROW + WEIGHTS + ((ky * KERNEL + kx) * CHANNELS + c) * FILTERS + first + k];
    }
  }
  return four;
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
  let first_column = number % ACROSS * COLUMNS;
  let first_chunk = number / ACROSS % GROUPS_DOWN * DOWN;
  let place = min(number / (ACROSS * GROUPS_DOWN), BATCH - 1u);
  let out = trial * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);
  for (var i = local; i < TAPS * TILE_QUADS; i += LANES) { // at most (TAPS * TILE_QUADS + LANES - 1u) / LANES rounds
    weights[i] = weights_of_tap(trial, first_filter + i % TILE_QUADS * 4u, i / TILE_QUADS);
  }

  // The slot or the sheet that x comes from.
  let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH);
  var slot: Slot;
  var bank = vec2u(0u);
  var here = number < BATCH * ACROSS * GROUPS_DOWN;
  if (WARPED == 1u) {
    slot = slots[image / BATCH * STEPS * BATCH + clock[0] % STEPS * BATCH + place];
    let empty = slot.image == EMPTY;
    let index = select(slot.image - FIRST, 0u, empty);
    here = here && index < IMAGES && !(empty && FIRST > 0u); // else the image lies on another sheet
    bank = block_at(index, PIXELS_DOWN, HEIGHT, WIDTH);
  }

  let q = first_column + local % COLUMNS;
  let part = min(local / COLUMNS, DOWN - 1u);
  let chunk = first_chunk + part;
  let mine = here && local < COLUMNS * DOWN && q < OUT_WIDTH;
  let own = (part * LINE + local % COLUMNS * STEP) * CHANNELS;
  var biases: array<f32, TILE>;
  var sums: array<f32, DEPTH * TILE * POOL>;
  for (var m = 0u; m < TILE; m++) { // unroll
    if (first_filter + m < FILTERS) { biases[m] = parameters[trial * ROW + BIAS + first_filter + m]; }
    for (var d = 0u; d < DEPTH; d++) { // unroll
      for (var j = 0u; j < POOL; j++) { // unroll
        sums[(d * TILE + m) * POOL + j] = biases[m];
      }
    }
  }
  var best: array<f32, PLACES>;
  var places: array<u32, PLACES>;
  for (var m = 0u; m < PLACES; m++) { // unroll
    places[m] = DEAD;
  }

  for (var strip = 0u; strip < STRIPS; strip++) {
    for (var e = 0u; e < STRIDE; e++) {
      workgroupBarrier();
      for (var i = local; i < DOWN * LINE; i += AT_ONCE * LANES) { // at most (DOWN * LINE + AT_ONCE * LANES - 1u) / (AT_ONCE * LANES) rounds
        var values: array<vec4f, AT_ONCE>;
        for (var k = 0u; k < AT_ONCE; k++) { // unroll
          let at = i + k * LANES;
          let line = ((first_chunk + at / LINE) * ROWS * POOL_STRIDE + strip) * STRIDE + e;
          values[k] = pixel(slot, bank, corner, vec2u(first_column * STEP + at % LINE, line));
        }
        for (var k = 0u; k < AT_ONCE; k++) { // unroll
          if (i + k * LANES < DOWN * LINE) {
            for (var c = 0u; c < CHANNELS; c++) { // unroll
              under[(i + k * LANES) * CHANNELS + c] = values[k][c];
            }
          }
        }
      }
      workgroupBarrier();
      for (var c = 0u; c < CHANNELS; c++) {
        var row: array<f32, SPAN>;
        for (var j = 0u; j < SPAN; j++) { // unroll
          row[j] = under[own + j * CHANNELS + c];
        }
        for (var d = 0u; d < DEPTH; d++) { // unroll
          if (d * STRIDE + e < KERNEL) {
            let first = ((d * STRIDE + e) * CHANNELS + c) * KERNEL * TILE_QUADS;
            for (var kx = 0u; kx < KERNEL; kx++) { // unroll
              for (var n = 0u; n < TILE_QUADS; n++) { // unroll
                let four = weights[first + kx * TILE_QUADS + n];
                for (var l = 0u; l < 4u; l++) { // unroll
                  if (n * 4u + l < TILE) {
                    for (var j = 0u; j < POOL; j++) { // unroll
                      sums[(d * TILE + (n * 4u + l) % TILE) * POOL + j] += four[l] * row[j * STRIDE + kx];
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    if (strip + 1u >= DEPTH) {
      // The oldest row is complete: row i of the window of pooled row r.
      let i = (strip + 1u - DEPTH) % POOL_STRIDE;
      let r = chunk * ROWS + (strip + 1u - DEPTH) / POOL_STRIDE;
      for (var m = 0u; m < TILE; m++) { // unroll
        for (var j = 0u; j < POOL; j++) { // unroll
          let value = sums[((DEPTH - 1u) * TILE + m) * POOL + j];
          let more = (i < POOL) & (value > best[m]); // && would branch: minutes to compile
          places[m] = select(places[m], i * POOL + j, more);
          best[m] = select(best[m], value, more);
        }
      }
      if (i == POOL - 1u) {
        if (mine && r < OUT_HEIGHT) {
          for (var quad = 0u; quad < TILE_QUADS; quad++) { // unroll
            var values = vec4f(0.0);
            var word = 0u;
            for (var k = 0u; k < 4u; k++) { // unroll
              values[k] = best[quad * 4u + k];
              word |= places[quad * 4u + k] << (8u * k);
            }
            if (first_filter / 4u + quad < Y_QUADS) {
              let pixel = block_at(out, Y_DOWN, Y_HEIGHT, Y_WIDTH) +
                vec2u((Y_LEFT + q) * Y_QUADS + first_filter / 4u + quad, Y_TOP + r);
              textureStore(y, pixel, values);
              argmax[((out * OUT_HEIGHT + r) * OUT_WIDTH + q) * Y_QUADS + first_filter / 4u + quad] = word;
            }
          }
        }
        for (var m = 0u; m < TILE; m++) { // unroll
          best[m] = 0.0;
          places[m] = DEAD;
        }
      }
    }
    // The rows move on by one.
    for (var m = 0u; m < TILE; m++) { // unroll
      for (var j = 0u; j < POOL; j++) { // unroll
        for (var d = 0u; d < DEPTH; d++) { // unroll
          if (d < DEPTH - 1u) {
            sums[((DEPTH - 1u - d) * TILE + m) * POOL + j] = sums[((2u * DEPTH - 2u - d) % DEPTH * TILE + m) * POOL + j];
          } else {
            sums[m * POOL + j] = biases[m];
          }
        }
      }
    }
  }
}
