// One batch of images: rotated, shifted, flipped, z-scored (SPEC §2).
//
//   x[b, r, q, c] = (bilinear(pixels[slot.image] / 255, at)[c] − MEAN) / STD
//   at = R·(r − centre, q − centre) + offset,  R = [[cos, −sin], [sin, cos]],  clamped to the edge
//
// The flip mirrors the output column. Coordinates must be good to 1e-6 of a pixel or the error shows
// in the result, so each coefficient comes as a multiple of 2⁻¹² and a remainder: the products with
// half pixels of the first parts are exact in float32, and the remainders are small.
//
// pixels sheet (IMAGES) of HEIGHT × WIDTH words   RGBA, 8 bits each, red lowest: the images from FIRST on.
//                                            Where a sheet cannot hold all, each has its own dispatch
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
const SCALE = vec3f(1.0 / (255.0 * STD_R), 1.0 / (255.0 * STD_G), 1.0 / (255.0 * STD_B));
const USED = vec3<bool>(true, CHANNELS > 1u, CHANNELS > 2u);
const SHIFT = vec3f(MEAN_R / STD_R, MEAN_G / STD_G, MEAN_B / STD_B);

@group(0) @binding(0) var pixels: texture_storage_2d<r32uint, read>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, write>;

fn pixel(image: vec2u, row: i32, column: i32) -> vec3f {
  let at = vec2u(vec2i(clamp(column, 0, i32(WIDTH) - 1), clamp(row, 0, i32(HEIGHT) - 1)));
  let rgba = textureLoad(pixels, image + at).x;
  return vec3f(vec3i(vec3u(rgba & 255u, (rgba >> 8u) & 255u, (rgba >> 16u) & 255u)));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let slot = slots[group.z * STEPS * BATCH + clock[0] % STEPS * BATCH + group.y];
  let empty = slot.image == EMPTY;
  if (empty && FIRST > 0u) { return; } // the first sheet's dispatch writes the zeros
  let number = select(slot.image - FIRST, 0u, empty);
  if (number >= IMAGES) { return; } // on another sheet
  let image = vec2u(number / PIXELS_DOWN * WIDTH, number % PIXELS_DOWN * HEIGHT);
  let out = group.z * BATCH + group.y;
  let corner = vec2u(out / X_DOWN * X_WIDTH + X_LEFT, out % X_DOWN * X_HEIGHT + X_TOP);
  let cosine = slot.rotation.xy; // (multiple of 2⁻¹², remainder)
  let sine = slot.rotation.zw;
  for (var k = 0u; k < PER_LANE; k++) {
    let i = (group.x * PER_LANE + k) * 64u + lane;
    if (i >= HEIGHT * WIDTH) { break; }
    let row = i / WIDTH;
    let column = i % WIDTH;

    // Distances from the centre (H/2 + ½, W/2 + ½), multiples of ½.
    let r = f32(row) - 0.5 * f32(HEIGHT + 1u);
    let q = f32(select(column, WIDTH - 1u - column, slot.flip == 1u)) - 0.5 * f32(WIDTH + 1u);
    let high = vec2f(cosine.x * r - sine.x * q + slot.offset.x, sine.x * r + cosine.x * q + slot.offset.z);
    let low = vec2f(cosine.y * r - sine.y * q + slot.offset.y, sine.y * r + cosine.y * q + slot.offset.w);
    let whole = floor(high);
    let rest = high - whole + low;
    let cell = vec2i(whole + floor(rest));
    let fraction = rest - floor(rest);

    let top = mix(pixel(image, cell.x, cell.y), pixel(image, cell.x, cell.y + 1), fraction.y);
    let bottom = mix(pixel(image, cell.x + 1, cell.y), pixel(image, cell.x + 1, cell.y + 1), fraction.y);
    let value = select(mix(top, bottom, fraction.x) * SCALE - SHIFT, vec3f(0.0), empty);
    textureStore(x, corner + vec2u(column, row), vec4f(select(vec3f(0.0), value, USED), 0.0));
  }
}
