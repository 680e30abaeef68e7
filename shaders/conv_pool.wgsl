// The first layer in one: convolution, ReLU and max-pool ("valid"), with the place of each maximum.
//
//   z[r, q, m]      = bias[m] + Σ ky, c, kx: kernel[ky, kx, c, m] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//   y[r, q, m]      = max(0, max over (i, j) in the window: z[r·POOL_STRIDE + i, q·POOL_STRIDE + j, m])
//   argmax[r, q, m] = i·POOL + j of the first maximum, or DEAD where ReLU gave 0
//
// pixels     sheet (IMAGES) of HEIGHT × WIDTH texels   where WARPED is 1: the images from FIRST on, of
//                                                which x is warped as it is read; it is never stored.
//                                                Where a sheet cannot hold all, each has its own dispatch
// slots      (TRIALS or 1, STEPS · BATCH)        what each place in each batch holds; EMPTY gives zeros
// clock      (64) u32                            clock[0] mod STEPS chooses the batch
// x          sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, padding included: where WARPED is 0
// parameters (TRIALS, ROW)                       kernel at WEIGHTS, bias at BIAS
// y          sheet (TRIALS, BATCH) of Y_HEIGHT × Y_WIDTH texels, the map from (Y_TOP, Y_LEFT) on
// argmax     (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, Y_QUADS) u32: a byte for each of 4 channels
// grid       x: image × chunk of ROWS pooled rows × pooled column, z: trial × tile of TILE filters
//
// Neither x nor z is stored. A lane walks down its column: it takes STRIDE rows of pixels at a time, adds
// them to the DEPTH rows of the convolution that they belong to, and pools the one that is complete.
// A tile is all filters, or a multiple of four.

const LANES: u32 = 64; // of a workgroup
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
const ROW: u32 = 207488;
const WEIGHTS: u32 = 0;
const BIAS: u32 = 376;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const ROWS: u32 = 3;
const DEPTH: u32 = 3; // ⌈KERNEL / STRIDE⌉
const SPAN: u32 = 9; // (POOL − 1) · STRIDE + KERNEL
const TEXELS: u32 = 20; // of a filter: its weights in (c, ky, kx) order, filled up with zeros; then its bias
const OWN: u32 = 1; // texels that a lane keeps to itself: TILE · TEXELS where that is cheap, else 1
const Y_DOWN: u32 = 442;
const Y_HEIGHT: u32 = 37;
const Y_WIDTH: u32 = 74;
const Y_QUADS: u32 = 2;
const Y_TOP: u32 = 2;
const Y_LEFT: u32 = 2;
const TILE_QUADS: u32 = 2; // ⌈TILE / 4⌉
const PLACES: u32 = 8; // 4 · TILE_QUADS

const TILES = (FILTERS + TILE - 1u) / TILE;
const CHUNKS = (OUT_HEIGHT + ROWS - 1u) / ROWS;
const STRIPS = (ROWS - 1u) * POOL_STRIDE + POOL + DEPTH - 1u; // of STRIDE rows of pixels
const DEAD = 255u;

struct Slot { image: u32, label: u32, flip: u32, weight: f32, rotation: vec4f, offset: vec4f }
const EMPTY = 0xffffffffu;

@group(0) @binding(0) var pixels: texture_storage_2d<rgba8unorm, read>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read> parameters: array<f32>;
@group(0) @binding(5) var y: texture_storage_2d<rgba32float, write>;
@group(0) @binding(6) var<storage, read_write> argmax: array<u32>;

var<workgroup> weights: array<vec4f, TILE * TEXELS>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(num_workgroups) groups: vec3u,
) {
  let trial = group.z / TILES;
  let first_filter = group.z % TILES * TILE;
  for (var i = local; i < TILE * TEXELS; i += LANES) { // at most (TILE * TEXELS + LANES - 1u) / LANES rounds
    weights[i] = load_weights(trial, first_filter + i / TEXELS, i % TEXELS);
  }
  workgroupBarrier();

  let lane = (group.y * groups.x + group.x) * LANES + local; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * CHUNKS * OUT_WIDTH) { return; }
  let q = lane % OUT_WIDTH;
  let chunk = lane / OUT_WIDTH % CHUNKS;
  let place = lane / (OUT_WIDTH * CHUNKS);
  let out = trial * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);

  // Where x comes from.
  let corner = vec2u(image / X_DOWN * X_WIDTH + q * POOL_STRIDE * STRIDE, image % X_DOWN * X_HEIGHT);
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
  let left = i32(q * POOL_STRIDE * STRIDE) - i32(X_LEFT); // the first column of the image
  let right = step_right(slot);

  var own: array<vec4f, OWN>;
  for (var i = 0u; i < OWN; i++) { // unroll
    own[i] = weights[i];
  }
  var biases: array<f32, TILE>;
  var sums: array<f32, DEPTH * TILE * POOL>;
  for (var m = 0u; m < TILE; m++) { // unroll
    biases[m] = weights[m * TEXELS + TEXELS - 1u].x;
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
            for (var c = 0u; c < CHANNELS; c++) { // unroll
              for (var kx = 0u; kx < KERNEL; kx++) { // unroll
                let tap = (c * KERNEL + (d * STRIDE + e) % KERNEL) * KERNEL + kx;
                let weight = select(weights[m * TEXELS + tap / 4u], own[(m * TEXELS + tap / 4u) % OWN], OWN > 1u)[tap % 4u];
                for (var j = 0u; j < POOL; j++) { // unroll
                  sums[(d * TILE + m) * POOL + j] += weight * row[j * STRIDE + kx][c];
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
          let more = i < POOL && value > best[m];
          places[m] = select(places[m], i * POOL + j, more);
          best[m] = select(best[m], value, more);
        }
      }
      if (i == POOL - 1u) {
        if (r < OUT_HEIGHT) {
          for (var quad = 0u; quad < TILE_QUADS; quad++) { // unroll
            var values = vec4f(0.0);
            var word = 0u;
            for (var k = 0u; k < 4u; k++) { // unroll
              values[k] = best[quad * 4u + k];
              word |= places[quad * 4u + k] << (8u * k);
            }
            if (first_filter / 4u + quad < Y_QUADS) {
              let pixel = vec2u(
                out / Y_DOWN * Y_WIDTH + (Y_LEFT + q) * Y_QUADS + first_filter / 4u + quad,
                out % Y_DOWN * Y_HEIGHT + Y_TOP + r,
              );
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

// Four weights of a filter, or its bias.
fn load_weights(trial: u32, m: u32, texel: u32) -> vec4f {
  var values = vec4f(0.0);
  if (m >= FILTERS) { return values; }
  if (texel == TEXELS - 1u) { return vec4f(parameters[trial * ROW + BIAS + m], 0.0, 0.0, 0.0); }
  for (var k = 0u; k < 4u; k++) { // unroll
    let tap = texel * 4u + k; // (c, ky, kx)
    let c = tap / (KERNEL * KERNEL);
    if (c < CHANNELS) {
      values[k] = parameters[trial * ROW + WEIGHTS + (tap % (KERNEL * KERNEL) * CHANNELS + c) * FILTERS + m];
    }
  }
  return values;
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
