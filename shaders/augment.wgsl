// One batch of images: rotated, shifted, flipped, z-scored (SPEC §2).
//
//   x[b, r, q, c] = (bilinear(pixels[slot.image], at)[c] − MEAN) / STD
//   at = R·(r − centre, q − centre) + offset,  R = [[cos, −sin], [sin, cos]],  clamped to the edge
//
// The flip mirrors the output column.
//
// pixels sheet (IMAGES) of HEIGHT × WIDTH texels   RGBA, 8 bits each: the images from FIRST on. Where a
//                                            sheet cannot hold all, each has its own dispatch
// slots  (TRIALS or 1, STEPS · BATCH)        what each place in each batch holds; EMPTY gives zeros
// clock  (64) u32                            clock[0] mod STEPS chooses the batch
// x      sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels   the image from (X_TOP, X_LEFT) on, in
//                                            conv's padding; channels beyond CHANNELS are zeros
// grid   x: blocks of 64 × PER_LANE pixels, y: image, z: trial

const FIRST: u32 = 0;
const IMAGES: u32 = 400;
const BATCH: u32 = 32;
const STEPS: u32 = 10;
const HEIGHT: u32 = 200;
const WIDTH: u32 = 200;
const PIXELS_DOWN: u32 = 40;
const FRACTION: u32 = 21;
const CHANNELS: u32 = 3;
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

struct Slot { image: u32, label: u32, flip: u32, weight: f32, rotation: vec4f, offset: vec4f }
const EMPTY = 0xffffffffu;
const USED = vec4<bool>(true, CHANNELS > 1u, CHANNELS > 2u, false);

@group(0) @binding(0) var pixels: texture_storage_2d<rgba8unorm, read>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, write>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let slot = slots[group.z * STEPS * BATCH + clock[0] % STEPS * BATCH + group.y];
  let empty = slot.image == EMPTY;
  if (empty && FIRST > 0u) { return; } // the first sheet's dispatch writes the zeros
  let number = select(slot.image - FIRST, 0u, empty);
  if (number >= IMAGES) { return; } // on another sheet
  let bank = vec2u(number / PIXELS_DOWN * WIDTH, number % PIXELS_DOWN * HEIGHT);
  let out = group.z * BATCH + group.y;
  let corner = vec2u(out / X_DOWN * X_WIDTH + X_LEFT, out % X_DOWN * X_HEIGHT + X_TOP);
  for (var k = 0u; k < PER_LANE; k++) {
    let i = (group.x * PER_LANE + k) * 64u + lane;
    if (i >= HEIGHT * WIDTH) { break; }
    let row = i / WIDTH;
    let column = i % WIDTH;
    let value = warp(bank, sample_at(slot, i32(row), i32(column)));
    textureStore(x, corner + vec2u(column, row), select(vec4f(0.0), value, USED & vec4<bool>(!empty)));
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
