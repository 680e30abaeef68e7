// One batch of images: rotated, shifted, flipped, z-scored (SPEC §2).
//
//   x[b, r, q, c] = (bilinear(pixels[slot.image] / 255, at)[c] − MEAN) / STD
//   at = R·(r − centre, q − centre) + offset,  R = [[cos, −sin], [sin, cos]],  clamped to the edge
//
// The flip mirrors the output column. With FB an image is shown in its slot's two colours:
//
//   x[b, r, q, c] = (background[c] + share · (foreground − background)[c] − MEAN) / STD
//   share         = bilinear(255 − min(red, green, blue), at) / the most of it in the image
//
// pixels sheet (IMAGES) of HEIGHT × WIDTH words   RGBA, 8 bits each, red lowest: the images from FIRST on.
//                                            Where a sheet cannot hold all, each has its own dispatch
// slots  (TRIALS or 1, STEPS · BATCH)        what each place in each batch holds; EMPTY gives zeros
// clock  (64) u32                            clock[0] mod STEPS chooses the batch
// x      sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels   the image from (X_TOP, X_LEFT) on, in
//                                            conv's padding; channels beyond CHANNELS are zeros
// grid   x: blocks of 64 × PER_LANE runs of RUN pixels of a row, y: image, z: trial

const FIRST: u32 = 0;
const IMAGES: u32 = 400;
const BATCH: u32 = 32;
const STEPS: u32 = 10;
const HEIGHT: u32 = 200;
const WIDTH: u32 = 200;
const PIXELS_DOWN: u32 = 40;
const FRACTION: u32 = 21;
const FB: u32 = 0;
const CHANNELS: u32 = 3;
const RUN: u32 = 4;
const PER_LANE: u32 = 16;
const X_DOWN: u32 = 40;
const X_HEIGHT: u32 = 203;
const X_WIDTH: u32 = 203;
const X_TOP: u32 = 1;
const X_LEFT: u32 = 1;
const MEAN_R: f32 = 0.8406;
const MEAN_G: f32 = 0.8420;
const MEAN_B: f32 = 0.8554;
const STD_R: f32 = 0.3160;
const STD_G: f32 = 0.3158;
const STD_B: f32 = 0.2952;

struct Slot { image: u32, label: u32, flip: u32, weight: f32, cosine: vec2i, sine: vec2i, row: vec2i, column: vec2i, foreground: u32, background: u32 }
const EMPTY = 0xffffffffu;
const ONE = f32(1u << FRACTION);
const SCALE = vec3f(1.0 / (255.0 * STD_R), 1.0 / (255.0 * STD_G), 1.0 / (255.0 * STD_B));
const SHIFT = vec3f(MEAN_R / STD_R, MEAN_G / STD_G, MEAN_B / STD_B);
const RUNS = (WIDTH + RUN - 1u) / RUN; // runs of a row
const USED = vec3<bool>(true, CHANNELS > 1u, CHANNELS > 2u);

@group(0) @binding(0) var pixels: texture_storage_2d<r32uint, read>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, write>;

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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let slot = slots[group.z * STEPS * BATCH + clock[0] % STEPS * BATCH + group.y];
  let empty = slot.image == EMPTY;
  if (empty && FIRST > 0u) { return; } // the first sheet's dispatch writes the zeros
  let number = select(slot.image - FIRST, 0u, empty);
  if (number >= IMAGES) { return; } // the image lies on another sheet
  let bank = block_at(number, PIXELS_DOWN, HEIGHT, WIDTH);
  let out = group.z * BATCH + group.y;
  let corner = block_at(out, X_DOWN, X_HEIGHT, X_WIDTH) + vec2u(X_LEFT, X_TOP);
  for (var k = 0u; k < PER_LANE; k++) {
    let i = (group.x * PER_LANE + k) * 64u + lane;
    if (i >= HEIGHT * RUNS) { break; }
    let row = i / RUNS;
    let first = i % RUNS * RUN;
    var high = high_at(slot, i32(row), i32(first));
    var low = low_at(slot, i32(row), i32(first));
    let high_step = high_at(slot, i32(row), i32(first) + 1) - high; // each column is as far from the next
    let low_step = low_at(slot, i32(row), i32(first) + 1) - low;
    for (var j = 0u; j < RUN; j++) { // unroll
      if (WIDTH % RUN == 0u || first + j < WIDTH) {
        let value = warp(slot, bank, high, low);
        let used = select(vec3f(0.0), vec3f(value.x, value.y, value.z), USED);
        textureStore(x, corner + vec2u(first + j, row), select(vec4f(used, 0.0), vec4f(0.0), empty));
      }
      high = high + high_step;
      low = low + low_step;
    }
  }
}
