// The first layer in one: convolution, ReLU and max-pool ("valid"), with the place of each maximum.
//
//   z[r, q, m]      = bias[m] + Σ c, ky, kx: kernel[m][c, ky, kx] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//   y[r, q, m]      = max(0, max over (i, j) in the window: z[r·POOL_STRIDE + i, q·POOL_STRIDE + j, m])
//   argmax[r, q, m] = i·POOL + j of the first maximum, or DEAD where ReLU gave 0
//
// x      sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, QUADS a pixel, padding included
// packed sheet (TRIALS) of FILTERS × PACKED_WIDTH texels, by pack_kernels
// y      sheet (TRIALS, BATCH) of Y_HEIGHT × Y_WIDTH texels, the map from (Y_TOP, Y_LEFT) on
// argmax (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, Y_QUADS) u32: a byte for each of 4 channels
// grid   x: image × pooled pixel, z: trial
//
// z is never stored. One invocation computes one pooled pixel of all filters: it loads the pixels
// under its window once, ROWS rows of the convolution at a time, and walks through the filters.

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
const TEXELS: u32 = 19; // of a filter's weights: ⌈CHANNELS · KERNEL² / 4⌉
const PACKED_DOWN: u32 = 20;
const PACKED_HEIGHT: u32 = 5;
const PACKED_WIDTH: u32 = 20;
const Y_DOWN: u32 = 442;
const Y_HEIGHT: u32 = 37;
const Y_WIDTH: u32 = 74;
const Y_QUADS: u32 = 2;
const Y_TOP: u32 = 2;
const Y_LEFT: u32 = 2;
const ROWS: u32 = 3; // divides POOL
const LINES: u32 = 9; // (ROWS − 1) · STRIDE + KERNEL
const SPAN: u32 = 9; // (POOL − 1) · STRIDE + KERNEL

const DEAD = 255u;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var y: texture_storage_2d<rgba32float, write>;
@group(0) @binding(3) var<storage, read_write> argmax: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * 64u + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * OUT_HEIGHT * OUT_WIDTH) { return; }
  let q = lane % OUT_WIDTH;
  let r = lane / OUT_WIDTH % OUT_HEIGHT;
  let place = lane / (OUT_WIDTH * OUT_HEIGHT);
  let image = select(id.z * BATCH, 0u, SHARED_IMAGES == 1u) + place;
  let corner = vec2u(
    image / X_DOWN * X_WIDTH + q * POOL_STRIDE * STRIDE * QUADS,
    image % X_DOWN * X_HEIGHT + r * POOL_STRIDE * STRIDE,
  );
  let kernel = vec2u(id.z / PACKED_DOWN * PACKED_WIDTH, id.z % PACKED_DOWN * PACKED_HEIGHT);

  var best: array<f32, Y_QUADS * 4u>;
  var places: array<u32, Y_QUADS * 4u>;
  for (var top = 0u; top < POOL; top += ROWS) {
    var pixels: array<vec4f, LINES * SPAN * QUADS>;
    for (var line = 0u; line < LINES; line++) { // unroll
      for (var j = 0u; j < SPAN; j++) { // unroll
        for (var quad = 0u; quad < QUADS; quad++) { // unroll
          let texel = vec2u(j * QUADS + quad, top * STRIDE + line);
          pixels[(line * SPAN + j) * QUADS + quad] = textureLoad(x, corner + texel);
        }
      }
    }
    for (var m = 0u; m < FILTERS; m++) {
      var weights: array<vec4f, TEXELS>;
      for (var t = 0u; t < TEXELS; t++) { // unroll
        weights[t] = textureLoad(packed, kernel + vec2u(t, m));
      }
      let bias = textureLoad(packed, kernel + vec2u(TEXELS, m)).x;
      var sums: array<f32, ROWS * POOL>;
      for (var i = 0u; i < ROWS; i++) { // unroll
        for (var j = 0u; j < POOL; j++) { // unroll
          sums[i * POOL + j] = bias;
        }
      }
      for (var c = 0u; c < CHANNELS; c++) { // unroll
        for (var ky = 0u; ky < KERNEL; ky++) { // unroll
          for (var kx = 0u; kx < KERNEL; kx++) { // unroll
            let weight = weights[((c * KERNEL + ky) * KERNEL + kx) / 4u][((c * KERNEL + ky) * KERNEL + kx) % 4u];
            for (var i = 0u; i < ROWS; i++) { // unroll
              for (var j = 0u; j < POOL; j++) { // unroll
                sums[i * POOL + j] += weight *
                  pixels[((i * STRIDE + ky) * SPAN + j * STRIDE + kx) * QUADS + c / 4u][c % 4u];
              }
            }
          }
        }
      }
      var maximum = 0.0; // ReLU
      var at = DEAD;
      if (ROWS < POOL && top > 0u) {
        maximum = best[m];
        at = places[m];
      }
      for (var i = 0u; i < ROWS; i++) { // unroll
        for (var j = 0u; j < POOL; j++) { // unroll
          at = select(at, (top + i) * POOL + j, sums[i * POOL + j] > maximum);
          maximum = select(maximum, sums[i * POOL + j], sums[i * POOL + j] > maximum);
        }
      }
      best[m] = maximum;
      places[m] = at;
    }
  }

  let out = id.z * BATCH + place;
  let pixel = vec2u(
    out / Y_DOWN * Y_WIDTH + (Y_LEFT + q) * Y_QUADS,
    out % Y_DOWN * Y_HEIGHT + Y_TOP + r,
  );
  for (var quad = 0u; quad < Y_QUADS; quad++) {
    var values = vec4f(0.0);
    var word = 0u;
    for (var k = 0u; k < 4u; k++) { // unroll
      let m = quad * 4u + k;
      values[k] = best[m];
      word |= select(DEAD, places[m], m < FILTERS) << (8u * k);
    }
    textureStore(y, pixel + vec2u(quad, 0u), values);
    argmax[((out * OUT_HEIGHT + r) * OUT_WIDTH + q) * Y_QUADS + quad] = word;
  }
}
